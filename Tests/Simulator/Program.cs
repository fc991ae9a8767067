using System.Globalization;
using Fleet.Simulation;

// simulator [--from SEED] [--seeds COUNT] [--trace]: runs so many worlds, from this seed on, on all cores.
// Prints each seed that breaks a law with its shrunk schedule; exit code 1 then. --trace tells all of one seed.
ulong from = Number("--from", 1), count = Number("--seeds", 1000);
if (args.Contains("--trace"))
{
    var told = Run.Of(Plan.Of(from), kept: 0, listener: Console.WriteLine);
    Console.WriteLine(told.Report());
    return told.Broken is null ? 0 : 1;
}

if (args.Contains("--hashes"))
{
    for (var seed = from; seed < from + count; seed++) Console.WriteLine($"{seed} {Run.Of(seed).Hash:x16}");
    return 0;
}

var began = TimeProvider.System.GetTimestamp();
var result = Campaign.Run(from, count);
foreach (var failed in result.Failures) Console.WriteLine(failed.Report());
var seconds = TimeProvider.System.GetElapsedTime(began).TotalSeconds;
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count} seeds, {result.Failed.Length} failed, {result.Steps} steps, {seconds:0.0} s, {count / seconds:0.0} seeds/s"));
if (result.Failed.IsEmpty) return 0;

Console.WriteLine($"failed: {string.Join(' ', result.Failed)}");
return 1;

ulong Number(string option, ulong otherwise) => Array.IndexOf(args, option) is var at && at >= 0 && at + 1 < args.Length
    ? ulong.Parse(args[at + 1], CultureInfo.InvariantCulture)
    : otherwise;
