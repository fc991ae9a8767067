using System.Diagnostics;
using System.Globalization;

namespace Fleet.Simulation;

/// <summary>No seed breaks a law, and a run is a function of its seed alone.</summary>
public sealed class SeedTests
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "Fleet.Tests.Simulator");

    private static ulong Seeds => ulong.Parse(Environment.GetEnvironmentVariable("FLEET_SIMULATION_SEEDS") ?? "1000", CultureInfo.InvariantCulture);

    [Fact]
    public void No_seed_breaks_a_law()
    {
        var result = Campaign.Run(1, Seeds);

        Assert.True(result.Failed.IsEmpty, $"{result.Failed.Length} of {Seeds} seeds fail\n{string.Join("\n\n", result.Failures.Select(f => f.Report()))}");
    }

    [Fact]
    public void A_run_is_the_same_in_every_process()
    {
        var here = Enumerable.Range(1, 20).Select(seed => $"{seed} {Run.Of((ulong)seed).Hash:x16}").ToList();

        Assert.Equal(here, Hashes());
        Assert.Equal(20, here.Select(line => line.Split(' ')[1]).Distinct().Count());
    }

    private static string[] Hashes()
    {
        using var process = Process.Start(new ProcessStartInfo(Program, ["--hashes", "--from", "1", "--seeds", "20"]) { RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
