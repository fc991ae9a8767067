using System.Diagnostics;
using Fleet.Engine.Storage;

namespace Fleet.Bench.Storage;

/// <summary>A state of about 2 KB as JSON.</summary>
internal sealed record Ballast
{
    public long Count { get; init; }

    public string Text { get; init; } = new('x', 2000);
}

/// <summary>Writers and readers of grain state, each with states of its own.</summary>
internal sealed class Load(StateDatabase database)
{
    private const string StateName = "bench";

    private readonly SqliteGrainStorage _storage = new(database);
    private readonly Dictionary<int, GrainState<Ballast>> _states = [];

    /// <summary>So many writers, each waiting for one write to be durable before the next one.</summary>
    public Task<double> WritesPerSecond(int writers, TimeSpan time)
    {
        for (var writer = _states.Count; writer < writers; writer++) _states[writer] = new(new Ballast());
        return PerSecond(writers, time, async writer =>
        {
            var state = _states[writer];
            state.State = new Ballast { Count = state.State!.Count + 1 };
            await _storage.WriteStateAsync(StateName, Id(writer), state);
        });
    }

    /// <summary>So many readers of the states that were written.</summary>
    public Task<double> ReadsPerSecond(int readers, TimeSpan time)
    {
        var next = 0;
        return PerSecond(readers, time, async _ =>
        {
            var read = new GrainState<Ballast>();
            await _storage.ReadStateAsync(StateName, Id(Interlocked.Increment(ref next) % _states.Count), read);
            if (!read.RecordExists) throw new InvalidOperationException("a state that was written isn't there");
        });
    }

    private static GrainId Id(int number) => GrainId.Create("bench", $"{number}");

    private static async Task<double> PerSecond(int workers, TimeSpan time, Func<int, Task> work)
    {
        var clock = Stopwatch.StartNew();
        var counts = await Task.WhenAll(Enumerable.Range(0, workers).Select(worker => Task.Run(async () =>
        {
            var count = 0L;
            for (; clock.Elapsed < time; count++) await work(worker);
            return count;
        })));
        return counts.Sum() / clock.Elapsed.TotalSeconds;
    }
}
