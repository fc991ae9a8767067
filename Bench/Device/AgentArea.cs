using System.Diagnostics;
using System.Globalization;

namespace Fleet.Bench.Device;

/// <summary>What the agent itself uses on a device where nothing is installed, connected to a real engine.</summary>
internal static class AgentArea
{
    private const double CpuGoal = 1, MemoryGoal = 64;

    // Measured once for a probe of the same kind, trimmed and in one file.
    private const double CpuProbe = 0.107, MemoryProbe = 39;

    /// <summary>The start isn't what is measured.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(15);

    /// <summary>Measures for 60 s, or for <c>--seconds</c>. FLEET_BENCH_AGENT names the agent as it is delivered: trimmed, in one file.</summary>
    public static async Task<IReadOnlyCollection<Row>> Run(string[] arguments)
    {
        if (!Environment.IsPrivilegedProcess) throw new UnauthorizedAccessException("deploy/bench agent needs root, as the agent does");
        var seconds = Array.IndexOf(arguments, "--seconds") is var at && at >= 0 ? double.Parse(arguments[at + 1], CultureInfo.InvariantCulture) : 60;
        var delivered = Environment.GetEnvironmentVariable("FLEET_BENCH_AGENT");

        await using var ground = new Ground();
        await ground.StartEngine();
        var built = await ground.StartAgent(Ground.Built("Agent", "fleet-agent"), "bencha");
        var single = delivered is null ? null : await ground.StartAgent(delivered, "benchb");
        await Task.Delay(WarmUp);

        var clock = Stopwatch.StartNew();
        Process[] agents = single is null ? [built] : [built, single];
        var before = agents.Select(agent => Usage.Of(agent.Id)).ToArray();
        await Task.Delay(TimeSpan.FromSeconds(seconds));
        var after = agents.Select(agent => Usage.Of(agent.Id)).ToArray();
        var time = clock.Elapsed.TotalSeconds;

        List<Row> rows = [];
        foreach (var (name, number) in (ReadOnlySpan<(string, int)>)[("as built", 0), ("trimmed, in one file", 1)])
        {
            if (number >= agents.Length) continue;
            // What a device gets is what must be small; the other row shows what the form of delivery is worth.
            double? Goal(double limit) => number == agents.Length - 1 ? limit : null;
            rows.Add(new("agent", $"CPU, {name}, nothing installed, {seconds:0} s", 100 * (after[number].CpuSeconds - before[number].CpuSeconds) / time, "% of a core", Better.Low, CpuProbe, Goal(CpuGoal)));
            rows.Add(new("agent", $"memory, {name}, nothing installed", after[number].MemoryMiB, "MiB", Better.Low, MemoryProbe, Goal(MemoryGoal)));
        }

        if (delivered is not null) rows.Add(new("agent", "size on disk, trimmed, in one file", new FileInfo(delivered).Length / 1024.0 / 1024.0, "MiB", Better.Low));
        return rows;
    }
}
