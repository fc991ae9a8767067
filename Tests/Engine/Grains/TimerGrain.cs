using Orleans.Concurrency;

namespace Fleet.Engine.Tests;

[Alias("test.timer")]
public interface ITimerGrain : IGrainWithStringKey
{
    /// <summary>Starts a timer whose ticks note themselves and stop at the gates "tick 1", "tick 2", …</summary>
    [Alias("start")] Task Start(TimeSpan due, TimeSpan period, bool interleave);

    [Alias("change")] Task Change(TimeSpan due, TimeSpan period);

    [Alias("stop")] Task Stop();

    [Alias("hold")] Task Hold(string gate);

    /// <summary>A turn that does nothing.</summary>
    [Alias("quick")] Task Quick();

    [Alias("peek"), AlwaysInterleave] Task<string[]> Peek();
}

[GrainType("timer")]
internal sealed class TimerGrain(Gates gates) : Grain, ITimerGrain
{
    private IGrainTimer? timer;
    private int ticks;

    public Task Start(TimeSpan due, TimeSpan period, bool interleave)
    {
        timer = this.RegisterGrainTimer(Tick, "tick", new GrainTimerCreationOptions(due, period) { Interleave = interleave });
        return Task.CompletedTask;
    }

    public Task Change(TimeSpan due, TimeSpan period)
    {
        timer!.Change(due, period);
        return Task.CompletedTask;
    }

    public Task Stop()
    {
        timer!.Dispose();
        return Task.CompletedTask;
    }

    public async Task Hold(string gate)
    {
        gates.Story.Enqueue($"begins {gate}");
        await gates[gate].Pass();
        gates.Story.Enqueue($"ends {gate}");
    }

    public Task Quick() => Task.CompletedTask;

    public Task<string[]> Peek() => Task.FromResult(gates.Story.ToArray());

    private async Task Tick(string name, CancellationToken cancellation)
    {
        var tick = $"{name} {++ticks}";
        gates.Story.Enqueue(tick);
        await gates[tick].Pass();
        if (ticks == 1 && this.GetPrimaryKeyString() == "faulty") throw new InvalidOperationException("The first tick fails.");
    }
}
