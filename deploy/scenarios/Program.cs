using Fleet.Client;
using Fleet.Scenarios;

// What deploy/demo plays: Scenarios PART… --work DIR --root DIR [--configuration NAME] [--engine NAME] [--summary FILE] [--keep] [--check]
string? Value(string name) => Array.IndexOf(args, name) is var at and >= 0 && at + 1 < args.Length ? args[at + 1] : null;

var parts = new Dictionary<string, (string Steps, Func<Stage, Story, Task> Play)>(StringComparer.Ordinal)
{
    ["one"] = ("steps", One.Play),
    ["fleet"] = ("rollouts", Eight.Play),
};
var chosen = args.TakeWhile(a => !a.StartsWith('-')).ToArray();
if (chosen.FirstOrDefault(p => !parts.ContainsKey(p)) is { } unknown)
{
    Console.Error.WriteLine($"There is no part '{unknown}'. Parts: {string.Join(", ", parts.Keys)}");
    return 2;
}

var stage = new Stage(Value("--work") ?? throw new ArgumentException("--work is missing"), Value("--root") ?? ".", Value("--configuration") ?? "release", Value("--engine") ?? "Embedded", args.Contains("--keep"));
var met = true;
foreach (var part in chosen)
{
    var story = new Story(parts[part].Steps);
    try { await parts[part].Play(stage, story); }
    catch (Exception e) when (e is InvalidOperationException or TimeoutException or FleetException or System.Text.Json.JsonException) { story.Expect(false, $"{part} came to its end: {e.Message}"); }
    story.End(Value("--summary"));
    met &= story.Complaints.Count == 0;
}
return met || !args.Contains("--check") ? 0 : 1;
