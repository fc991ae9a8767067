using Fleet.Agent.Delivery;

namespace Fleet.Agent.Link;

/// <summary>The inbox over a delivery that answers as a test tells it to.</summary>
public sealed class DirectiveInboxTests : IDelivery, IDisposable
{
    private readonly Temporary _directory = new();
    private readonly CapturedLog _log = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Spool _spool;
    private readonly DirectiveInbox _inbox;
    private readonly Task _run;
    private readonly TaskCompletionSource _slow = new();
    private int _asked;

    public DirectiveInboxTests()
    {
        _spool = new Spool(_directory.Path, 1 << 20, new Signal(), _log.Log);
        _inbox = new DirectiveInbox(this, _spool, TimeProvider.System, _log.Log);
        _run = _inbox.Run(_stop.Token);
    }

    public void Dispose()
    {
        _spool.Dispose();
        _stop.Dispose();
        _log.Dispose();
        _directory.Dispose();
    }

    [Theory]
    [InlineData("cancelled")]
    [InlineData("broken")]
    public async Task An_answer_that_fails_leaves_the_inbox_open_for_the_next(string how)
    {
        await Put("d1", how);
        await _log.Line("could not be answered");
        await Put("d2", how + "-not");
        await Answered("d2");
        await Stop();
        Assert.Equal(["d2"], _spool.After(0, 9).Select(fact => fact.Answer.Directive));
    }

    [Fact]
    public async Task A_slow_answer_of_one_instance_does_not_hold_up_another_and_its_own_keep_their_order()
    {
        await Put("d1", "slow");
        await Put("d2", "slow");
        await Put("d1", "slow"); // repeated before it is answered
        await Put("d3", "web");
        await Answered("d3");
        Assert.Equal(2, Volatile.Read(ref _asked)); // d2 is not asked for before d1 is answered
        _slow.SetResult();
        await Answered("d1");
        await Answered("d2");
        await Stop();
        Assert.Equal([("web", "d3"), ("slow", "d1"), ("slow", "d2")], _spool.After(0, 9).Select(fact => (fact.InstanceName, fact.Answer.Directive)));
        Assert.Equal(3, _asked);
    }

    [Fact]
    public async Task A_stop_ends_it_though_an_answer_is_still_waited_for()
    {
        await Put("d1", "slow");
        await Stop();
        Assert.Equal(0, _spool.Waiting);
    }

    [Fact]
    public async Task The_trace_that_a_directive_comes_from_is_named_and_what_is_none_is_not()
    {
        await _inbox.Put(new() { Id = "d1", Instance = "web", Generation = 1, Commit = new(), Traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01" }, default);
        await _log.Line("directive d1 (Commit) for instance 'web', generation 1, trace 4bf92f3577b34da6a3ce929d0e0e4736: accepted");
        await _inbox.Put(new() { Id = "d2", Instance = "web", Generation = 1, Commit = new(), Traceparent = "trace\nme" }, default);
        await _log.Line("directive d2 (Commit) for instance 'web', generation 1: accepted");
        await Stop();
    }

    public async Task<DirectiveAnswer> Accept(Directive directive, CancellationToken cancel)
    {
        Interlocked.Increment(ref _asked);
        if (directive.Instance == "cancelled") throw new TaskCanceledException();
        if (directive.Instance == "broken") throw new InvalidOperationException("broken");
        if (directive.Instance == "slow") await _slow.Task.WaitAsync(cancel);
        return new DirectiveAnswer(directive.Id, true, "", "");
    }

    public Task<IReadOnlyList<InstanceStatus>> Status(CancellationToken cancel) => Task.FromResult<IReadOnlyList<InstanceStatus>>([]);

    private ValueTask Put(string id, string instance) =>
        _inbox.Put(new() { Id = id, Instance = instance, Generation = 1, Commit = new() }, default);

    private Task Answered(string id) => _log.Line($"directive {id} (Commit)");

    private async Task Stop()
    {
        await _stop.CancelAsync();
        await _run.WaitAsync(TimeSpan.FromSeconds(30)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Assert.True(_run.IsCompleted && !_run.IsFaulted);
    }
}
