using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Fleet.Client;
using Spectre.Console;

namespace Fleet.Scenarios;

/// <summary>How many instances a step was for, and where they ended.</summary>
internal sealed record Reach(int Targets, int Verified, int RolledBack, int Untouched);

/// <summary>How a step ended.</summary>
internal sealed record Ending(string Outcome, Reach? Reach = null);

/// <summary>One step of a scenario as it came out.</summary>
/// <param name="Good">Whether the service must not notice: no failed request is allowed.</param>
internal sealed record Step(string Name, bool Good, string Outcome, double Seconds, long FailedRequests, long TotalRequests)
{
    /// <summary>Null for a step that is for one instance.</summary>
    [JsonIgnore]
    public Reach? Reach { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public int? Targets => Reach?.Targets;
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public int? Verified => Reach?.Verified;
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public int? RolledBack => Reach?.RolledBack;
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public int? Untouched => Reach?.Untouched;
}

/// <summary>Tells what happens as it happens, ends with a table, and keeps the facts.</summary>
/// <param name="steps">What the facts call its steps.</param>
internal sealed class Story(string steps)
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly List<Step> _steps = [];
    private readonly List<string> _complaints = [];

    /// <summary>What came out, for programs.</summary>
    public JsonObject Facts { get; } = [];

    /// <summary>Expectations that weren't met.</summary>
    public IReadOnlyList<string> Complaints => _complaints;

    public void Tell(string what) => Console.WriteLine($"{_clock.Elapsed:mm\\:ss\\.f}  {what}");

    /// <summary>Notes what falls short; the scenario goes on.</summary>
    public void Expect(bool met, string expectation)
    {
        if (met) return;
        _complaints.Add(expectation);
        Tell($"NOT MET: {expectation}");
    }

    /// <summary>Plays one step under load.</summary>
    public Task Play(string name, bool good, ILoad load, string expected, Func<Task<string>> play) =>
        Play(name, good, load, expected, async () => new Ending(await play()));

    /// <summary>Plays one step of several instances under load.</summary>
    public async Task Play(string name, bool good, ILoad load, string expected, Func<Task<Ending>> play)
    {
        Tell($"— {name}");
        var (before, begin) = (load.Count, _clock.Elapsed);
        Ending ending;
        try { ending = await play(); }
        catch (Exception e) when (e is TimeoutException or InvalidOperationException or FleetException) { ending = new($"broke: {e.Message}"); }
        var (after, outcome) = (load.Count, ending.Outcome);
        var step = new Step(name, good, outcome, Math.Round((_clock.Elapsed - begin).TotalSeconds, 2), after.Failed - before.Failed, after.Total - before.Total) { Reach = ending.Reach };
        _steps.Add(step);
        Tell($"  {outcome}{Words(step.Reach)} after {step.Seconds:0.0} s; {step.FailedRequests} of {step.TotalRequests} requests failed{(step.FailedRequests > 0 ? $" (last: {after.LastFailure})" : "")}");
        Expect(outcome == expected, $"'{name}' was to end {expected}, and ended {outcome}");
        Expect(!good || step.FailedRequests == 0, $"'{name}' failed {step.FailedRequests} requests");
        Expect(step.TotalRequests > 0, $"'{name}' ran under load");
    }

    private static string Words(Reach? reach) => reach is null ? ""
        : $", {reach.Verified} verified, {reach.RolledBack} rolled back and {reach.Untouched} untouched of {reach.Targets},";

    /// <summary>Prints the table and writes the facts.</summary>
    public void End(string? summary)
    {
        Facts[steps] = JsonSerializer.SerializeToNode(_steps, JsonSerializerOptions.Web);
        Facts["seconds"] = Math.Round(_clock.Elapsed.TotalSeconds, 1);
        Facts["expectationsNotMet"] = JsonSerializer.SerializeToNode(_complaints);

        var table = new Table().Border(TableBorder.Simple).AddColumns("step", "outcome");
        var fleet = _steps.Any(s => s.Reach is not null);
        if (fleet) table.AddColumn("verified / back / untouched", c => c.RightAligned());
        table.AddColumn("seconds", c => c.RightAligned()).AddColumn("failed / requests", c => c.RightAligned());
        foreach (var step in _steps)
        {
            string[] reach = fleet ? [step.Reach is { } r ? $"{r.Verified} / {r.RolledBack} / {r.Untouched}" : ""] : [];
            table.AddRow([step.Name, step.Outcome.EscapeMarkup(), .. reach, $"{step.Seconds:0.0}", $"{step.FailedRequests} / {step.TotalRequests}"]);
        }
        AnsiConsole.Write(table);
        var figures = new Table().Border(TableBorder.Simple).AddColumns("fact", "value");
        foreach (var (name, value) in Facts.Where(f => f.Value is JsonValue)) figures.AddRow(name, value!.ToString().EscapeMarkup());
        AnsiConsole.Write(figures);

        if (summary is not null) File.WriteAllText(summary, Facts.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n");
    }
}
