using System.Collections.Immutable;
using System.Threading.Channels;
using Fleet.Rollouts;

namespace Fleet.Gateway.Fakes;

public sealed class FakeRollout : IRolloutGrain
{
    private readonly List<IRolloutWatcher> watchers = [];
    private readonly TaskCompletionSource watched = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource empty = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What it was told to be or to do, and by whom.</summary>
    public Channel<object> Calls { get; } = Channel.CreateUnbounded<object>();

    public RolloutView? View { get; set; }

    public RolloutAnswer? NextAnswer { get; set; }

    public ImmutableArray<TargetView> All { get; set; } = [];

    /// <summary>So many targets are looked at in one call, whatever was asked for.</summary>
    public int MostLookedAt { get; set; } = int.MaxValue;

    /// <summary>Done when there is a watcher.</summary>
    public Task Watched => watched.Task;

    /// <summary>Done when the last watcher took its leave.</summary>
    public Task Empty => empty.Task;

    public Task<RolloutAnswer> Create(RolloutSpec spec, string by)
    {
        Calls.Writer.TryWrite((spec, by));
        return Answer();
    }

    public Task<RolloutAnswer> Control(RolloutControl control)
    {
        Calls.Writer.TryWrite(control);
        return Answer();
    }

    public Task Report(ShardReport report) => throw new NotSupportedException();

    public Task<RolloutView?> Show() => Task.FromResult(View);

    public Task<TargetPage> Targets(int from, int count, TargetState state)
    {
        var (page, at, looked) = (ImmutableArray.CreateBuilder<TargetView>(), from, 0);
        for (; at < All.Length && page.Count < count && looked < MostLookedAt; at++, looked++)
        {
            if (state == TargetState.Unspecified || All[at].State == state) page.Add(All[at]);
        }

        return Task.FromResult(new TargetPage(page.ToImmutable(), at < All.Length ? at : null));
    }

    public Task<RolloutView?> Watch(IRolloutWatcher watcher)
    {
        lock (watchers)
        {
            if (!watchers.Contains(watcher)) watchers.Add(watcher);
            watched.TrySetResult();
        }

        return Task.FromResult(View);
    }

    public Task Unwatch(IRolloutWatcher watcher)
    {
        lock (watchers)
        {
            watchers.Remove(watcher);
            if (watchers.Count == 0) empty.TrySetResult();
        }

        return Task.CompletedTask;
    }

    /// <summary>Changes the view and tells the watchers.</summary>
    public async Task Become(RolloutView view)
    {
        View = view;
        IRolloutWatcher[] told;
        lock (watchers) told = [.. watchers];
        foreach (var watcher in told) await watcher.Changed(view);
    }

    private Task<RolloutAnswer> Answer() => Task.FromResult(NextAnswer ?? new RolloutAnswer(RolloutAnswerKind.Accepted, View));
}

public sealed class FakePlanner : IPlannerGrain
{
    public RolloutPlan Answer { get; set; } = new();

    /// <summary>What was asked last.</summary>
    public (string Rollout, RolloutSpec Spec)? Asked { get; private set; }

    public Task<RolloutPlan> Plan(string rollout, RolloutSpec spec)
    {
        Asked = (rollout, spec);
        return Task.FromResult(Answer);
    }
}
