namespace Fleet.Engine.Tests;

/// <summary>A grain that is no good neighbour; its key says in what way.</summary>
[Alias("test.harsh")]
public interface IHarshGrain : IGrainWithStringKey
{
    [Alias("who")] Task<string> Who();

    [Alias("sleep")] Task Sleep();

    /// <summary>Starts a timer that ticks once, at the gate "ticked", and throws when it is ended.</summary>
    [Alias("cling")] Task Cling();
}

[GrainType("harsh")]
internal sealed class HarshGrain(Gates gates) : Grain, IHarshGrain, IDisposable
{
    private string Key => this.GetPrimaryKeyString();

    private bool IsFirst => !gates.Story.Contains($"{Key} disposed");

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        // Not the token's: that is what is harsh.
        if (Key == "never wakes" && IsFirst) await gates[$"{Key} waking"].Pass();
        if (Key == "wants to sleep and cannot wake" && IsFirst) DeactivateOnIdle();
        if (Key.Contains("cannot wake", StringComparison.Ordinal) && IsFirst) throw new InvalidOperationException("It does not want to wake.");
        gates.Story.Enqueue($"{Key} wakes");
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (!IsFirst) return;
        if (Key == "never sleeps") await gates[$"{Key} sleeping"].Pass();
        if (Key == "cannot sleep") throw new InvalidOperationException("It does not want to sleep.");
    }

    public Task<string> Who() => Task.FromResult(Key);

    public Task Sleep()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public Task Cling()
    {
        this.RegisterGrainTimer(Tick, new GrainTimerCreationOptions(TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan));
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        gates.Story.Enqueue($"{Key} disposed");
        _ = gates[$"{Key} disposed"].Pass();
        if (Key == "cannot wake or let go") throw new InvalidOperationException("It does not let go.");
    }

    private Task Tick(CancellationToken cancellation)
    {
        cancellation.Register(() => throw new InvalidOperationException("It does not want its timer to end."));
        _ = gates["ticked"].Pass();
        return Task.CompletedTask;
    }
}
