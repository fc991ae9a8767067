namespace Fleet.Engine.Tests;

/// <summary>Stateless workers: several at once, and no more than that.</summary>
public sealed class WorkerTests : EngineTests
{
    private IWorkerGrain Worker => Grains.GetGrain<IWorkerGrain>(0);

    [Fact]
    public async Task Calls_of_one_stateless_worker_run_side_by_side()
    {
        var calls = new[] { Worker.Hold("gate"), Worker.Hold("gate") };
        await Gates["gate"].Arrival().WaitAsync(Patience);
        await Gates["gate"].Arrival().WaitAsync(Patience);

        Gates["gate"].Open();
        await Task.WhenAll(calls).WaitAsync(Patience);
    }

    [Fact]
    public async Task No_more_run_at_once_than_it_says()
    {
        Assert.SkipUnless(EngineInUse.IsEmbedded, "Orleans may queue a call behind a busy worker while another one is free");
        var calls = new[] { Worker.Hold("gate"), Worker.Hold("gate"), Worker.Who() };
        await Gates["gate"].Arrival().WaitAsync(Patience);
        await Gates["gate"].Arrival().WaitAsync(Patience);
        Assert.False(calls[2].IsCompleted);

        Gates["gate"].Open();
        await Task.WhenAll(calls).WaitAsync(Patience);
    }

    [Fact]
    public async Task One_that_has_nothing_to_do_is_used_again() =>
        Assert.Equal(await Worker.Who().WaitAsync(Patience), await Worker.Who().WaitAsync(Patience));
}
