using System.Collections.Immutable;
using Fleet.Engine.Embedded;

namespace Orleans.Runtime;

/// <summary>Values that go along with calls, from caller to called, and on to whom they call. They do not come back.</summary>
public static class RequestContext
{
    private static readonly AsyncLocal<ImmutableSortedDictionary<string, object>?> Values = new();

    private static readonly AsyncLocal<object?> Chain = new();

    /// <summary>By what calls that may come back are known; null when none may.</summary>
    internal static object? CurrentChain
    {
        get => Chain.Value;
        set => Chain.Value = value;
    }

    /// <summary>The names of the values.</summary>
    public static IEnumerable<string> Keys => Current.Keys;

    /// <summary>The values with their names.</summary>
    public static IEnumerable<KeyValuePair<string, object>> Entries => Current;

    /// <summary>What travels with a call made now.</summary>
    internal static ImmutableSortedDictionary<string, object> Current
    {
        get => Values.Value ?? ImmutableSortedDictionary.Create<string, object>(StringComparer.Ordinal);
        set => Values.Value = value;
    }

    /// <summary>The value of this name; null if there is none.</summary>
    public static object? Get(string key) => Current.GetValueOrDefault(key);

    /// <summary>Sets a value for the calls made from here on.</summary>
    public static void Set(string key, object value) => Current = Current.SetItem(key, value);

    /// <summary>Takes a value away, and says whether it was there.</summary>
    public static bool Remove(string key)
    {
        var before = Current;
        Current = before.Remove(key);
        return Current.Count < before.Count;
    }

    /// <summary>
    /// Until the section is disposed of, calls that the present grain makes, and those that follow from them, may come back
    /// to it while it waits.
    /// </summary>
    public static ReentrancySection AllowCallChainReentrancy()
    {
        var before = Chain.Value;
        var chain = before ?? new object();
        var box = Turn.Current?.Box;
        box?.Enter(chain);
        Chain.Value = chain;
        return new(box, chain, before);
    }

    /// <summary>Until the section is disposed of, calls that are made may not come back, whatever was allowed before.</summary>
    public static ReentrancySection SuppressCallChainReentrancy()
    {
        var before = Chain.Value;
        Chain.Value = null;
        return new(null, null, before);
    }

    /// <summary>Takes all values away.</summary>
    public static void Clear() => Current = Current.Clear();
}

/// <summary>A stretch of code whose calls may come back to their grain, or may not.</summary>
public readonly struct ReentrancySection : IDisposable
{
    private readonly Mailbox? box;
    private readonly object? chain;
    private readonly object? before;

    internal ReentrancySection(Mailbox? box, object? chain, object? before) => (this.box, this.chain, this.before) = (box, chain, before);

    /// <summary>Ends it; what held before holds again.</summary>
    public void Dispose()
    {
        if (chain is not null) box?.Leave(chain);
        RequestContext.CurrentChain = before;
    }
}
