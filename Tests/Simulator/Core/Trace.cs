namespace Fleet.Simulation;

/// <summary>Everything that happened, as one number, and the last of it as text for people.</summary>
/// <remarks>FNV-1a, 64 bits, over each step and each line.</remarks>
internal sealed class Trace(int kept)
{
    private readonly Queue<string> last = new();
    private ulong hash = 14695981039346656037;

    /// <summary>The hash of all so far: equal for equal runs, in every process.</summary>
    public ulong Hash => hash;

    public long Lines { get; private set; }

    public IReadOnlyCollection<string> Last => last;

    /// <summary>Where to write every line; null for nowhere.</summary>
    public Action<string>? Listener { get; init; }

    public void Mix(long number)
    {
        for (var shift = 0; shift < 64; shift += 8) hash = unchecked((hash ^ (byte)(number >> shift)) * 1099511628211);
    }

    public void Mix(ReadOnlySpan<byte> bytes)
    {
        foreach (var b in bytes) hash = unchecked((hash ^ b) * 1099511628211);
    }

    public void Say(DateTimeOffset at, string who, string what)
    {
        Lines++;
        foreach (var letter in who) Mix(letter);
        foreach (var letter in what) Mix(letter);
        if (kept == 0 && Listener is null) return;

        var line = $"{at:HH:mm:ss.fff} {who}: {what}";
        Listener?.Invoke(line);
        if (kept == 0) return;
        last.Enqueue(line);
        if (last.Count > kept) last.Dequeue();
    }
}
