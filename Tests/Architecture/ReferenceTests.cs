namespace Fleet.Tests.Architecture;

/// <summary>Who refers to whom: the table of the design.</summary>
public sealed class ReferenceTests
{
    private static readonly ImmutableDictionary<string, ImmutableArray<string>> Allowed = new Dictionary<string, ImmutableArray<string>>
    {
        ["Analytics"] = [],
        ["Images"] = [],
        ["Protocol"] = [],
        ["Engine"] = [],
        ["Engine/Generator"] = [],
        ["Grains.Interfaces"] = ["Engine"],
        ["Grains"] = ["Grains.Interfaces", "Analytics", "Images"],
        ["Gateway"] = ["Grains.Interfaces", "Images", "Protocol"],
        ["Console"] = [],
        ["Silo"] = ["Engine", "Grains", "Grains.Interfaces", "Gateway", "Console", "Images", "Protocol"],
        ["Client"] = ["Protocol"],
        // It signs and packs images before anything is sent to a server.
        ["Cli"] = ["Client", "Images"],
        ["Agent"] = ["Protocol", "Images", "Analytics"],
        // The demonstrations ask the engine as any program does.
        ["deploy/scenarios"] = ["Client"],
    }.ToImmutableDictionary();

    [Fact]
    public void Projects_refer_to_nothing_but_what_the_design_allows() => Assert.Empty(Violations(Repository.Projects()));

    [Fact]
    public void All_projects_are_seen() => Assert.Empty(
        new[] { "Engine", "Grains", "Grains.Interfaces", "Gateway", "Silo", "Agent", "Cli" }.Except(Repository.Projects().Keys));

    [Theory]
    [InlineData("Agent", "Engine")]
    [InlineData("Gateway", "Grains")]
    [InlineData("Analytics", "Images")]
    [InlineData("Client", "Grains.Interfaces")]
    [InlineData("Somewhere", "Engine")]
    public void A_reference_that_the_design_does_not_allow_is_found(string project, string reference)
    {
        var bad = Repository.Projects().SetItem(project, [reference]);

        Assert.Contains(Violations(bad), v => v == $"{project} -> {reference}");
    }

    // Tests and benchmarks may see everything.
    private static List<string> Violations(ImmutableSortedDictionary<string, ImmutableArray<string>> projects) =>
    [
        .. from project in projects
           where !project.Key.StartsWith("Tests", StringComparison.Ordinal) && !project.Key.StartsWith("Bench", StringComparison.Ordinal)
           from reference in project.Value
           where !Allowed.TryGetValue(project.Key, out var allowed) || !allowed.Contains(reference)
           select $"{project.Key} -> {reference}",
    ];
}
