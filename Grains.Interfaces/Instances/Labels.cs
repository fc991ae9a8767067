using System.Collections.Immutable;

namespace Fleet.Instances;

/// <summary>What people say of an instance, in keys and values: where it is, what it is for.</summary>
[GenerateSerializer, Immutable, Alias("fleet.labels")]
public sealed record Labels
{
    public static Labels None { get; } = new();

    /// <summary>By key, each key once.</summary>
    [Id(0)] public ImmutableArray<Label> All { get; init; } = [];

    /// <summary>The value of a key; null when it isn't there.</summary>
    public string? this[string key] => All.FirstOrDefault(l => l.Key == key)?.Value;

    public static Labels Of(IEnumerable<KeyValuePair<string, string>> labels) => new()
    {
        All = [.. labels.Select(l => new Label(l.Key, l.Value)).OrderBy(l => l.Key, StringComparer.Ordinal)],
    };

    /// <summary>Whether all of the others are here with the same values.</summary>
    public bool Contain(Labels others) => others.All.All(l => this[l.Key] == l.Value);

    /// <summary>Equal by content.</summary>
    public bool Equals(Labels? other) => other is not null && All.SequenceEqual(other.All);

    public override int GetHashCode() => All.Length;

    public override string ToString() => string.Join(", ", All.Select(l => $"{l.Key}={l.Value}"));
}

[GenerateSerializer, Immutable, Alias("fleet.label")]
public sealed record Label([property: Id(0)] string Key, [property: Id(1)] string Value);
