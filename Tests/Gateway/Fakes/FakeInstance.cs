using System.Collections.Immutable;
using System.Threading.Channels;
using Fleet.Instances;

namespace Fleet.Gateway.Fakes;

public sealed class FakeInstance(InstanceId id, TimeProvider time) : IInstanceGrain
{
    private readonly List<IInstanceWatcher> watchers = [];
    private readonly TaskCompletionSource empty = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>All calls that carry facts or wishes, in order.</summary>
    public Channel<object> Calls { get; } = Channel.CreateUnbounded<object>();

    public InstanceView View { get; set; } = new() { Id = id };

    public ChangeAnswer? NextAnswer { get; set; }

    /// <summary>What a call waits for, so that a test decides when it is stored.</summary>
    public Task Storing { get; set; } = Task.CompletedTask;

    /// <summary>Done when the last watcher took its leave.</summary>
    public Task Empty => empty.Task;

    public int Watchers { get { lock (watchers) return watchers.Count; } }

    public Task<ChangeAnswer> Apply(ApplyPatch request)
    {
        Calls.Writer.TryWrite(request);
        return Task.FromResult(NextAnswer ?? new ChangeAnswer(ChangeAnswerKind.Accepted, Change(request.Change, request.Patch, request.By)));
    }

    public Task<ChangeAnswer> RollBack(RollBack request)
    {
        Calls.Writer.TryWrite(request);
        return Task.FromResult(NextAnswer ?? new ChangeAnswer(ChangeAnswerKind.Accepted, Change(request.Change, "", request.By)));
    }

    public Task Observe(InstanceFacts facts) => Take(facts);

    public Task Progress(ChangeProgress progress) => Take(progress);

    public Task Answer(DirectiveAnswer answer) => Take(answer);

    public Task Inventory(ImmutableArray<string> packages) => Take(packages);

    public Task<InstanceView> Show() => Task.FromResult(View);

    public Task<ChangeView?> Change(string change) => Task.FromResult(View.Change is { } known && known.Id == change ? known : null);

    public Task<InstanceView> Watch(IInstanceWatcher watcher)
    {
        lock (watchers)
        {
            if (!watchers.Contains(watcher)) watchers.Add(watcher);
        }

        return Task.FromResult(View);
    }

    public Task Unwatch(IInstanceWatcher watcher)
    {
        lock (watchers)
        {
            watchers.Remove(watcher);
            if (watchers.Count == 0) empty.TrySetResult();
        }

        return Task.CompletedTask;
    }

    /// <summary>Loses all watchers, as an activation does that ends.</summary>
    public void Forget()
    {
        lock (watchers) watchers.Clear();
    }

    public async Task<InstanceView> Label(Labels labels, string by)
    {
        await Become(View with { Labels = labels });
        return View;
    }

    public Task<bool> Lend(LeaseRequest request) => throw new NotSupportedException();

    public Task Return(string holder) => throw new NotSupportedException();

    /// <summary>Changes the view and tells the watchers.</summary>
    public async Task Become(InstanceView view)
    {
        View = view;
        IInstanceWatcher[] told;
        lock (watchers) told = [.. watchers];
        foreach (var watcher in told) await watcher.Changed(view);
    }

    private async Task Take(object fact)
    {
        await Storing;
        Calls.Writer.TryWrite(fact);
    }

    private ChangeView Change(string change, string patch, string by) => new()
    {
        Id = change,
        Instance = id,
        Patch = patch,
        Phase = ChangePhase.Requested,
        By = by,
        Requested = time.GetUtcNow(),
        Deadline = time.GetUtcNow().AddMinutes(15),
    };
}
