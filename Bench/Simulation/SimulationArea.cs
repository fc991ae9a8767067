using System.Diagnostics;
using System.Globalization;
using Fleet.Simulation;

namespace Fleet.Bench.Simulation;

/// <summary>How fast worlds are simulated: a virtual day of a whole fleet, and seeds of the small world with all its faults.</summary>
internal static class SimulationArea
{
    private const int Fleet = 100_000;
    private const int Seeds = 100;

    /// <summary>Minutes. <c>--instances N</c> takes a smaller fleet; the goals are for 100 000.</summary>
    public static Task<IReadOnlyCollection<Row>> Run(string[] arguments)
    {
        var at = Array.IndexOf(arguments, "--instances");
        var instances = at >= 0 ? int.Parse(arguments[at + 1], CultureInfo.InvariantCulture) : Fleet;
        var full = instances == Fleet;

        var clock = Stopwatch.StartNew();
        var campaign = Campaign.Run(1, Seeds);
        var seeds = Seeds / clock.Elapsed.TotalSeconds;

        var (day, wall, cpu, collecting) = Day(instances);
        using var self = Process.GetCurrentProcess();
        IReadOnlyCollection<Row> rows =
        [
            new("simulation", $"a virtual day of {instances:#,0} instances, wall time", wall.TotalSeconds, "s", Better.Low, Goal: full ? 600 : null),
            new("simulation", "the same, time on a processor", cpu.TotalSeconds, "s", Better.Low),
            new("simulation", "of it, in garbage collection", collecting.TotalSeconds, "s", Better.Low),
            new("simulation", "the most memory in use", self.PeakWorkingSet64 / 1e9, "GB", Better.Low, Goal: full ? 6 : null),
            new("simulation", $"targets that the rollout verified ({day.Phase})", day.Verified, "", Better.High, Goal: instances),
            new("simulation", "virtual time of the rollout", day.RolloutTook.TotalMinutes, "min", Better.Low),
            new("simulation", "reports", day.Reports, "", Better.High),
            new("simulation", "steps", day.Steps / wall.TotalSeconds, "1/s", Better.High),
            new("simulation", $"worlds with all faults, {Seeds} seeds, {campaign.Failed.Length} of which break a law", seeds, "1/s", Better.High, Goal: 1000 / 180.0),
        ];
        return Task.FromResult(rows);
    }

    private static (DayResult Day, TimeSpan Wall, TimeSpan Processor, TimeSpan Collecting) Day(int instances)
    {
        using var self = Process.GetCurrentProcess();
        var (clock, before, paused) = (Stopwatch.StartNew(), self.TotalProcessorTime, GC.GetTotalPauseDuration());
        using var day = new FleetDay(instances);
        var result = day.Run();
        self.Refresh();
        return (result, clock.Elapsed, self.TotalProcessorTime - before, GC.GetTotalPauseDuration() - paused);
    }
}
