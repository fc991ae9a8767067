using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Orleans.Storage;

namespace Fleet.Engine.Embedded;

/// <summary>A call on its way to a grain or an observer and back. It may be answered (by a timeout, say) before its turn is over.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A cancellation source without a timer holds nothing to dispose of.")]
internal abstract class Call : Turn
{
    private readonly EmbeddedEngine engine;
    private readonly GrainCall request;
    private readonly ImmutableSortedDictionary<string, object> context = RequestContext.Current;
    private readonly object? chain = RequestContext.CurrentChain;
    private readonly CancellationTokenSource? cancellation;
    private readonly CancellationTokenRegistration callerCancels;
    private readonly ITimer? timeout;
    private int answered;

    protected Call(EmbeddedEngine engine, GrainId target, GrainCall request)
    {
        this.engine = engine;
        this.request = request;
        Target = target;
        Number = engine.NextNumber();
        Source = Current?.Box?.Queue.Activation?.GrainId;
        if (IsOneWay) return;

        Caller = Current;
        Caller?.Await(this);
        var patience = request.Method.ResponseTimeout ?? engine.Options.ResponseTimeout;
        using (ExecutionContext.IsFlowSuppressed() ? default : ExecutionContext.SuppressFlow())
            timeout = engine.Options.Time.CreateTimer(static call => ((Call)call!).Post(static late => late.TimeOut()), this, patience, Timeout.InfiniteTimeSpan);

        if (!request.IsCancellable) return;
        var token = request.Cancellation;
        cancellation = new CancellationTokenSource();
        request.Cancellation = cancellation.Token;
        callerCancels = token.UnsafeRegister(static call => ((Call)call!).Post(static cancelled => cancelled.Cancel()), this);
    }

    /// <summary>Calls are numbered in the order in which they were made.</summary>
    public long Number { get; }

    /// <summary>Who is called.</summary>
    public GrainId Target { get; }

    /// <summary>Who calls; null for callers outside of grains.</summary>
    public GrainId? Source { get; }

    /// <summary>The object that is called: an observer; for a grain, what its activation holds.</summary>
    public object? Receiver
    {
        get => field ?? Box?.Queue.Activation?.GrainInstance;
        set;
    }

    /// <summary>The turn that may wait for the answer.</summary>
    public Turn? Caller { get; }

    public override string Name => $"{Target}.{request.Method.Name}";

    public override bool AlwaysInterleaves => request.Method.Is(GrainMethodOptions.AlwaysInterleave);

    public override bool ReadsOnly => request.Method.Is(GrainMethodOptions.ReadOnly);

    public override object? Chain => chain;

    public override bool IsAbandoned => Volatile.Read(ref answered) != 0;

    public bool IsOneWay => request.Method.Is(GrainMethodOptions.OneWay);

    protected GrainCall Request => request;

    protected EmbeddedEngine Engine => engine;

    public override async Task Run()
    {
        RequestContext.Current = context;
        RequestContext.CurrentChain = chain;
        await Invoke();
    }

    /// <summary>Answers with an error, unless there is an answer already. A call that was answered before it began never begins.</summary>
    public void Fail(Exception error)
    {
        TryGiveUp();
        if (!Settle()) return;
        if (IsOneWay) engine.Log.OneWayFailed(error, Name);
        SetError(error);
        Caller?.Box?.LookForDeadlock();
    }

    protected abstract Task Invoke();

    protected abstract void SetError(Exception error);

    /// <summary>Whether this is the first answer; then the caller waits no more, and nothing else will answer.</summary>
    protected bool Settle()
    {
        if (Interlocked.Exchange(ref answered, 1) != 0) return false;
        timeout?.Dispose();
        callerCancels.Unregister();
        Caller?.Forget(this);
        return true;
    }

    /// <summary>A grain whose record somebody else has written no longer knows the truth: the next call wakes it anew.</summary>
    protected void GiveUpState(InconsistentStateException stale)
    {
        stale.IsAtItsSource = false;
        Box!.Queue.Activation?.Deactivate(new(DeactivationReasonCode.ApplicationError, stale, "The state was stale."));
    }

    private void TimeOut()
    {
        var patience = request.Method.ResponseTimeout ?? engine.Options.ResponseTimeout;
        var progress = TryGiveUp() ? "It had not begun, and will not." : "It is still running.";
        Abandon(new TimeoutException($"{Name} did not answer within {patience}. {progress}"));
    }

    private void Cancel() => Abandon(new OperationCanceledException($"The caller of {Name} cancelled it."));

    /// <summary>Answers, and tells the called method on its own activation, if it has begun, that nobody waits any more.</summary>
    private void Abandon(Exception error)
    {
        Fail(error);
        if (cancellation is not null && Stage == TurnStage.Running)
            Box!.Queue.Post(static source => ((CancellationTokenSource)source!).Cancel(), cancellation);
    }

    /// <summary>Answers come from the engine's own schedule, never from within a timer or somebody's Cancel.</summary>
    private void Post(Action<Call> action) => engine.Turns.Post(new Posted(this, action));

    private sealed class Posted(Call call, Action<Call> action) : IThreadPoolWorkItem
    {
        public void Execute() => action(call);
    }
}

/// <summary>A call with the type of its answer.</summary>
internal sealed class Call<T>(EmbeddedEngine engine, GrainId target, GrainCall<T> request) : Call(engine, target, request)
{
    // Not RunContinuationsAsynchronously: answers are given by turns and posted work, where a continuation that belongs to a grain
    // is put on that grain's queue at once, and one of outside code is not taken in. So who is ready is known without a race.
    private readonly TaskCompletionSource<T> answer = new();
    private T? result;
    private Exception? error;

    public Task<T> Answer => answer.Task;

    public override void Finish()
    {
        if (error is not null) Fail(error);
        else Succeed();
    }

    protected override async Task Invoke()
    {
        try
        {
            result = await Engine.Filters.Invoke(this, request);
        }
        catch (Exception thrown)
        {
            error = thrown;
            if (thrown is InconsistentStateException { IsAtItsSource: true } stale) GiveUpState(stale);
        }
    }

    protected override void SetError(Exception error) => answer.SetException(error);

    private void Succeed()
    {
        if (!Settle()) return;
        answer.SetResult(result!);
        Caller?.Box?.LookForDeadlock();
    }
}
