using System.Net;

namespace Fleet.Gateway.Access;

/// <summary>
/// Bounds what guessing costs: each unknown key or token wakes a grain of its own. After so many wrong ones an address waits
/// for the next minute; keys that are known to exist are asked for at any time.
/// </summary>
internal sealed class Guesses(TimeProvider time)
{
    /// <summary>So many wrong ones are looked up for one address in a minute.</summary>
    public const int PerMinute = 30;

    private const int MostAddresses = 10_000;

    public static readonly Refusal TooMany = new(StatusCode.ResourceExhausted, "TOO_MANY_GUESSES", "too many wrong keys or tokens came from this address: try again in a minute");

    private readonly Lock gate = new();
    private readonly Dictionary<IPAddress, int> wrong = [];
    private readonly HashSet<string> known = new(StringComparer.Ordinal);
    private DateTimeOffset next;

    /// <summary>Whether it may be looked up.</summary>
    /// <param name="id">The public id of a key; empty for what is used only once.</param>
    public bool MayAsk(IPAddress? from, string id = "")
    {
        lock (gate)
        {
            if (time.GetUtcNow() is var now && now >= next)
            {
                wrong.Clear();
                next = now + TimeSpan.FromMinutes(1);
            }

            return known.Contains(id) || (wrong.TryGetValue(from ?? IPAddress.None, out var count) ? count < PerMinute : wrong.Count < MostAddresses);
        }
    }

    /// <summary>It was looked up, and there is none.</summary>
    public void Wrong(IPAddress? from)
    {
        lock (gate) wrong[from ?? IPAddress.None] = wrong.GetValueOrDefault(from ?? IPAddress.None) + 1;
    }

    /// <summary>It was looked up, and there is one.</summary>
    public void Known(string id)
    {
        lock (gate) known.Add(id);
    }
}
