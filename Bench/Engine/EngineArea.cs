using System.Diagnostics;
using Fleet.Tests;

namespace Fleet.Bench.Engine;

/// <summary>What calls and idle grains cost on the engine of this build.</summary>
internal static class EngineArea
{
    private const int Grains = 100;
    private const int Idle = 100_000;
    private const int Rounds = 3;
    private static readonly TimeSpan Slice = TimeSpan.FromSeconds(2);

    /// <summary>About 30 s. FLEET_BENCH_REFERENCE names the results of the other engine, whose figures then stand beside these.</summary>
    public static async Task<IReadOnlyCollection<Row>> Run(string[] arguments)
    {
        var clock = Stopwatch.StartNew();
        await using var cluster = await TestCluster.Start();
        var grains = cluster.Grains;
        ICounterGrain Counter(int number) => grains.GetGrain<ICounterGrain>(number);
        await Counter(0).Count();
        var start = clock.Elapsed;

        await Calls.PerSecond(Grains, Slice, Counter);
        var (sequential, parallel, hot) = (0.0, 0.0, 0.0);
        // The best of the rounds: whatever else loads the machine can only take away.
        for (var round = 0; round < Rounds; round++)
        {
            sequential = Math.Max(sequential, await Calls.PerSecond(1, Slice, Counter));
            parallel = Math.Max(parallel, await Calls.PerSecond(Grains, Slice, Counter));
            hot = Math.Max(hot, await Calls.PerSecond(Grains, Slice, _ => Counter(0)));
        }

        var (activations, empty) = await Calls.Wake(Idle, number => Counter(Grains + number).Count());
        var (_, full) = await Calls.Wake(Idle / 10, number => grains.GetGrain<IKeeperGrain>(number).Fill());
        return Reference.Beside(
        [
            new("engine", "calls, one caller and one grain", sequential, "1/s", Better.High),
            new("engine", "calls, 100 callers and a grain each", parallel, "1/s", Better.High, Goal: 500_000),
            new("engine", "calls, 100 callers and one grain", hot, "1/s", Better.High),
            new("engine", "activations", activations, "1/s", Better.High),
            new("engine", "an idle activation", empty, "B", Better.Low, Goal: 2048),
            new("engine", "an idle activation, beside its 4 KB of state", full - Kept.Size, "B", Better.Low, Goal: 2048),
            new("engine", "start, until the first grain answers", start.TotalMilliseconds, "ms", Better.Low),
        ]);
    }
}
