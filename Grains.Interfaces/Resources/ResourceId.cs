namespace Fleet.Resources;

/// <summary>Names a machine, VM or virtual device that runs one agent.</summary>
[GenerateSerializer, Immutable, Alias("fleet.resource-id")]
public sealed record ResourceId
{
    public ResourceId(string name) => Name = Part(name);

    [Id(0)] public string Name { get; }

    public override string ToString() => Name;

    // Refuse rather than replace: two different names must never meet in one grain.
    internal static string Part(string text) => string.IsNullOrEmpty(text) || text.Contains('/')
        ? throw new ArgumentException($"'{text}' must be non-empty and free of '/'", nameof(text))
        : text;
}
