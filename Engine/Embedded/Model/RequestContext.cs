using System.Collections.Immutable;

namespace Orleans.Runtime;

/// <summary>Values that go along with calls, from caller to called, and on to whom they call. They do not come back.</summary>
public static class RequestContext
{
    private static readonly AsyncLocal<ImmutableSortedDictionary<string, object>?> Values = new();

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

    /// <summary>Takes all values away.</summary>
    public static void Clear() => Current = Current.Clear();
}
