using Fleet.Bench;

// bench AREA [--json FILE]: runs one area, prints its table and writes it beside the earlier results, or where --json says.
var areas = Areas.All;
if (args.Length == 0 || !areas.TryGetValue(args[0], out var area))
{
    Console.Error.WriteLine($"usage: deploy/bench AREA [--json FILE]\nareas: {string.Join(", ", areas.Keys)}");
    return 2;
}
var file = Array.IndexOf(args, "--json") is var at && at >= 0 && at + 1 < args.Length ? args[at + 1] : null;

// What else the machine does belongs to the figures.
var load = File.ReadAllText("/proc/loadavg").Split(' ')[0];
var rows = await area(args[1..]);
var markdown = Rows.Markdown(rows, $"deploy/bench {args[0]}", $"{Environment.ProcessorCount} cores, {System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription}, load average before {load}");
Console.WriteLine(markdown);
var results = Environment.GetEnvironmentVariable("FLEET_BENCH_RESULTS") ?? "Bench/results";
Directory.CreateDirectory(results);
await File.WriteAllTextAsync(Path.Combine(results, $"{args[0]}.md"), markdown);
await File.WriteAllTextAsync(file ?? Path.Combine(results, $"{args[0]}.json"), Rows.Json(rows));
return 0;
