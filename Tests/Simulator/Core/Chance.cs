namespace Fleet.Simulation;

/// <summary>Random numbers that are the same for a seed on every runtime.</summary>
/// <remarks>SplitMix64: Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014.</remarks>
internal sealed class Chance(ulong seed)
{
    private ulong state = seed;

    /// <summary>Numbers of their own for a purpose: what else is drawn doesn't disturb them.</summary>
    public static Chance Of(ulong seed, string purpose)
    {
        var mixed = new Chance(seed);
        foreach (var letter in purpose) mixed.state ^= mixed.Next() + letter;
        return new(mixed.Next());
    }

    public ulong Next()
    {
        var z = unchecked(state += 0x9E3779B97F4A7C15);
        z = unchecked((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9);
        z = unchecked((z ^ (z >> 27)) * 0x94D049BB133111EB);
        return z ^ (z >> 31);
    }

    /// <summary>A number from 0 to below <paramref name="limit"/>.</summary>
    public int Below(int limit) => (int)(Next() % (ulong)limit);

    public bool Happens(double probability) => (Next() >> 11) * (1.0 / (1UL << 53)) < probability;

    public TimeSpan Between(TimeSpan least, TimeSpan most) =>
        most <= least ? least : least + TimeSpan.FromTicks((long)(Next() % (ulong)(most - least).Ticks));

    public TimeSpan Between(double leastSeconds, double mostSeconds) => Between(TimeSpan.FromSeconds(leastSeconds), TimeSpan.FromSeconds(mostSeconds));

    public T One<T>(IReadOnlyList<T> of) => of[Below(of.Count)];
}
