using Orleans.Concurrency;

namespace Fleet.Engine.Tests;

/// <summary>Keeps nothing between calls.</summary>
[Alias("test.worker")]
public interface IWorkerGrain : IGrainWithIntegerKey
{
    /// <summary>Stops at a gate.</summary>
    [Alias("hold")] Task Hold(string gate);

    /// <summary>Which object answers.</summary>
    [Alias("who")] Task<int> Who();
}

[GrainType("worker"), StatelessWorker(2)]
internal sealed class WorkerGrain(Gates gates) : Grain, IWorkerGrain
{
    private static int made;
    private readonly int number = Interlocked.Increment(ref made);

    public Task Hold(string gate) => gates[gate].Pass();

    public Task<int> Who() => Task.FromResult(number);
}
