using Orleans.Concurrency;

namespace Fleet.Engine.Tests;

/// <summary>A grain whose methods stop at gates and note what happens.</summary>
[Alias("test.probe")]
public interface IProbeGrain : IGrainWithStringKey
{
    [Alias("hold")] Task Hold(string gate);

    [Alias("read"), ReadOnly] Task Read(string gate);

    [Alias("peek"), AlwaysInterleave] Task<string[]> Peek();

    [Alias("who")] Task<string> Who();

    [Alias("fail")] Task Fail(string message);

    [Alias("wait")] Task WaitForCancellation(string gate, CancellationToken cancellation);

    [Alias("sleep")] Task Sleep();

    [Alias("tell"), OneWay] Task Tell(string word);

    [Alias("context")] ValueTask<string?> Context(string key);

    [Alias("relay")] ValueTask<string?> RelayContext(string key);

    [Alias("scheduler")] Task<bool> StaysOnItsScheduler();
}

[GrainType("probe")]
internal sealed class ProbeGrain(Gates gates) : Grain, IProbeGrain
{
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var key = this.GetPrimaryKeyString();
        if (key.StartsWith("unwilling", StringComparison.Ordinal)) await gates[key].Pass();
        if (key.StartsWith("unwilling", StringComparison.Ordinal) && !gates.Story.Contains($"{key} may wake"))
            throw new InvalidOperationException($"{key} does not want to wake");
        Note("wakes");
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        Note($"sleeps: {reason.ReasonCode}");
        _ = gates[$"{this.GetPrimaryKeyString()} asleep"].Pass();
        return Task.CompletedTask;
    }

    public Task Hold(string gate) => Stop(gate);

    public Task Read(string gate) => Stop(gate);

    public Task<string[]> Peek() => Task.FromResult(gates.Story.ToArray());

    public Task<string> Who() => Task.FromResult(IdentityString);

    public Task Fail(string message) => throw new InvalidOperationException(message);

    public async Task WaitForCancellation(string gate, CancellationToken cancellation)
    {
        var scheduler = TaskScheduler.Current;
        using var registration = cancellation.Register(() =>
        {
            Note(scheduler == TaskScheduler.Current ? "cancelled in a turn" : "cancelled outside");
            _ = gates[$"{gate} cancelled"].Pass();
        });
        await gates[gate].Pass();
        Note(cancellation.IsCancellationRequested ? "saw the cancellation" : "saw no cancellation");
        await gates[$"{gate} done"].Pass();
    }

    public Task Sleep()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public Task Tell(string word)
    {
        Note(word);
        return gates[word].Pass();
    }

    public ValueTask<string?> Context(string key) => new(RequestContext.Get(key) as string);

    public async ValueTask<string?> RelayContext(string key)
    {
        var other = GrainFactory.GetGrain<IProbeGrain>("relay");
        var before = await other.Context(key);
        RequestContext.Set(key, "changed on the way");
        return $"{before}, {await other.Context(key)}";
    }

    public async Task<bool> StaysOnItsScheduler()
    {
        var before = TaskScheduler.Current;
        await Task.Yield();
        await Task.WhenAll(GrainFactory.GetGrain<IProbeGrain>("relay").Who(), GrainFactory.GetGrain<IProbeGrain>("other").Who());
        return before == TaskScheduler.Current && before != TaskScheduler.Default;
    }

    private void Note(string what) => gates.Story.Enqueue($"{this.GetPrimaryKeyString()} {what}");

    private async Task Stop(string gate)
    {
        Note($"begins {gate}");
        await gates[gate].Pass();
        Note($"ends {gate}");
    }
}

/// <summary>The same with another class: everything may interleave.</summary>
[Alias("test.reentrant")]
public interface IReentrantGrain : IGrainWithStringKey
{
    [Alias("hold")] Task Hold(string gate);

    [Alias("count")] Task<int> CountUnguarded(int times);
}

[GrainType("reentrant"), Reentrant]
internal sealed class ReentrantGrain(Gates gates) : Grain, IReentrantGrain
{
    private int count;

    public Task Hold(string gate) => gates[gate].Pass();

    public async Task<int> CountUnguarded(int times)
    {
        for (var time = 0; time < times; time++)
        {
            count++;
            await Task.Yield();
        }

        return count;
    }
}
