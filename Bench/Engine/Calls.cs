using System.Diagnostics;

namespace Fleet.Bench.Engine;

/// <summary>Callers outside of the grains, each waiting for one answer before the next call.</summary>
internal static class Calls
{
    /// <summary>Calls per second of so many callers, each to the grain that is its own or that all share.</summary>
    public static async Task<double> PerSecond(int callers, TimeSpan time, Func<int, ICounterGrain> grain)
    {
        var clock = Stopwatch.StartNew();
        var counts = await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(async () =>
        {
            var (target, count) = (grain(caller), 0L);
            // Looking at the clock is not what is measured.
            for (; count % 64 != 0 || clock.Elapsed < time; count++) await target.Count();
            return count;
        })));
        return counts.Sum() / clock.Elapsed.TotalSeconds;
    }

    /// <summary>Wakes so many grains by one call to each, and tells how many per second and how many bytes each holds once it is idle.</summary>
    public static async Task<(double PerSecond, double Bytes)> Wake(int grains, Func<int, Task> call)
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var clock = Stopwatch.StartNew();
        var (callers, next) = (Environment.ProcessorCount * 4, -1);
        await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Increment(ref next) is var number && number < grains) await call(number);
        })));
        var seconds = clock.Elapsed.TotalSeconds;
        return (grains / seconds, (GC.GetTotalMemory(forceFullCollection: true) - before) / (double)grains);
    }
}
