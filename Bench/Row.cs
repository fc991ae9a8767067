using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fleet.Bench;

/// <summary>One figure. The field names are those of the JSON that <c>deploy/bench</c> writes.</summary>
/// <param name="Area">The area of the benchmark, e.g. storage.</param>
/// <param name="Name">What was measured, with its size: "write 2 KB, 64 writers".</param>
/// <param name="Value">The figure.</param>
/// <param name="Unit">Its unit, e.g. "1/s".</param>
/// <param name="Better">Whether more is better or less.</param>
/// <param name="Reference">A peer or a limit measured in the same run, or published; null when there is none.</param>
/// <param name="Goal">What Fleet aims at; null when there is none.</param>
public sealed record Row(string Area, string Name, double Value, string Unit, Better Better, double? Reference = null, double? Goal = null)
{
    /// <summary>Whether the goal is met; null without one.</summary>
    [JsonIgnore]
    public bool? Met => Goal is not { } goal ? null : Better == Better.High ? Value >= goal : Value <= goal;
}

public enum Better
{
    [JsonStringEnumMemberName("high")]
    High,

    [JsonStringEnumMemberName("low")]
    Low,
}

internal static class Rows
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { WriteIndented = true, Converters = { new JsonStringEnumConverter<Better>() } };

    public static string Json(IEnumerable<Row> rows) => JsonSerializer.Serialize(rows, Format) + "\n";

    public static IReadOnlyCollection<Row> Read(string json) => JsonSerializer.Deserialize<Row[]>(json, Format) ?? [];

    public static string Markdown(IReadOnlyCollection<Row> rows, string command, string machine) =>
        $"""
        # {rows.First().Area}

        `{command}` on {machine}

        | name | value | unit | better | reference | goal | |
        |---|--:|---|---|--:|--:|---|
        {string.Join('\n', rows.Select(r => $"| {r.Name} | {Figure(r.Value)} | {r.Unit} | {r.Better.ToString().ToLowerInvariant()} | {Figure(r.Reference)} | {Figure(r.Goal)} | {(r.Met is { } met ? met ? "met" : "short" : "")} |"))}

        """;

    private static string Figure(double? value) => value switch
    {
        null => "",
        0 => "0",
        { } v when Math.Abs(v) >= 1000 => v.ToString("#,0"),
        { } v => v.ToString("G4"),
    };
}
