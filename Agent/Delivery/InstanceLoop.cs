using System.Threading.Channels;
using Fleet.Images;

namespace Fleet.Agent.Delivery;

/// <summary>
/// Drives one instance: asks the machine what it wants, writes down what is about to run, runs it, and tells the machine what
/// came of it. One thing after another; only directives come in between.
/// </summary>
internal sealed class InstanceLoop(InstanceState initial, IJournal journal, IDevice device, IFacts facts, DeliveryClock clock, DeliveryLog log)
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);

    private readonly Channel<Request> _mail = Channel.CreateUnbounded<Request>(new UnboundedChannelOptions { SingleReader = true });
    private readonly List<Request> _waiting = [];
    private volatile InstanceState _state = initial;
    private DateTimeOffset _reportAt;
    private Task<Happening>? _running;
    private Effect? _effect;
    private CancellationTokenSource? _stop;

    private sealed record Request(Directive Directive, VerifiedPatch? Verified, TaskCompletionSource<DirectiveAnswer> Answer);

    /// <summary>What the instance was after the last thing that happened.</summary>
    public InstanceState State => _state;

    /// <summary>Called each time a change has ended.</summary>
    public Action? Ended { get; init; }

    /// <summary>Answers a directive; the answer is durable when it is given.</summary>
    public async Task<DirectiveAnswer> Accept(Directive directive, VerifiedPatch? verified, CancellationToken cancel)
    {
        var request = new Request(directive, verified, new TaskCompletionSource<DirectiveAnswer>(TaskCreationOptions.RunContinuationsAsynchronously));
        await _mail.Writer.WriteAsync(request, cancel);
        using var gone = cancel.UnsafeRegister(static (answer, token) => ((TaskCompletionSource<DirectiveAnswer>)answer!).TrySetCanceled(token), request.Answer);
        return await request.Answer.Task;
    }

    /// <summary>Forgets what was not written down; only while the loop does not run.</summary>
    public void Return(InstanceState written) => _state = written;

    public async Task Run(CancellationToken cancel)
    {
        try
        {
            await Commit(new Happening.Recovered(), cancel);
            while (!cancel.IsCancellationRequested) await Turn(cancel);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested) { }
        finally
        {
            await Abandon();
            while (_mail.Reader.TryRead(out var request)) _waiting.Add(request);
            foreach (var request in _waiting)
            {
                if (cancel.IsCancellationRequested) request.Answer.TrySetCanceled(cancel);
                else request.Answer.TrySetException(new InvalidOperationException($"instance {_state.Name} begins anew"));
            }
            _waiting.Clear();
        }
    }

    private async Task Turn(CancellationToken cancel)
    {
        if (!_state.Changing) await AnswerWaiting(cancel);
        while (_mail.Reader.TryRead(out var request)) await Answer(request, cancel);
        await Commit(new Happening.Tick(), cancel);
        await Report(cancel);

        var now = clock.Now;
        var wants = Machine.Wants(_state, now);
        // A directive or a deadline changed the course: what is under way is given up, and what came of it no longer counts.
        if (_running is not null && !Equals(wants, _effect)) await Abandon();
        if (_running is null && wants is not null)
        {
            _stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            _effect = wants;
            _running = device.Do(wants, _stop.Token);
        }
        await Wait(now, cancel);
        if (_running is { IsCompleted: true })
        {
            var happening = await Outcome(cancel);
            await Commit(happening, cancel);
        }
    }

    // Until the effect ends, a directive comes, or it is time.
    private async Task Wait(DateTimeOffset now, CancellationToken cancel)
    {
        if (_running is { IsCompleted: true } || (_waiting.Count > 0 && !_state.Changing)) return;
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var waits = new List<Task> { Mail(over.Token) };
        if (_running is not null) waits.Add(_running);
        var due = Machine.Due(_state, now);
        if (!_state.Outbox.IsEmpty && (due is null || _reportAt < due)) due = _reportAt;
        // Delays are cut to whole milliseconds: less than one would not be waited for at all.
        if (due is { } at) waits.Add(Task.Delay(at - now > Shortest ? at - now : Shortest, clock.Time, over.Token));
        await Task.WhenAny(waits);
        over.Cancel();
        cancel.ThrowIfCancellationRequested();
    }

    // Awaited rather than turned into a task: that would go on wherever the writer is.
    private async Task Mail(CancellationToken over) => await _mail.Reader.WaitToReadAsync(over);

    private async Task<Happening> Outcome(CancellationToken cancel)
    {
        var (running, effect) = (_running!, _effect!);
        _running = null;
        _stop?.Dispose();
        try
        {
            return await running;
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            throw;
        }
#pragma warning disable CA1031 // Whatever a device throws is a failed effect: the change is taken back, the agent goes on.
        catch (Exception e)
#pragma warning restore CA1031
        {
            log.Failure(_state.Name, $"{effect.GetType().Name} failed unexpectedly", e);
            return new Happening.Failed("DEVICE_FAILED", e.Message, Final: false);
        }
    }

    private async Task Abandon()
    {
        if (_running is not { } running) return;
        _running = null;
        _stop!.Cancel();
        await ((Task)running).ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task AnswerWaiting(CancellationToken cancel)
    {
        Request[] waited = [.. _waiting];
        _waiting.Clear();
        foreach (var request in waited) await Answer(request, cancel);
    }

    // Who asked is told in any case; without an answer the engine asks again.
    private async Task Answer(Request request, CancellationToken cancel)
    {
        try
        {
            if (Admission.MustWait(_state, request.Directive)) _waiting.Add(request);
            else request.Answer.TrySetResult(await Answered(request, cancel));
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            request.Answer.TrySetCanceled(cancel);
            throw;
        }
#pragma warning disable CA1031 // Whatever a directive meets, the instance goes on with what it was doing.
        catch (Exception e)
#pragma warning restore CA1031
        {
            log.Failure(_state.Name, $"directive {request.Directive.Id} could not be answered", e);
            request.Answer.TrySetException(e);
        }
    }

    private async Task<DirectiveAnswer> Answered(Request request, CancellationToken cancel)
    {
        var installed = _state.Manifest is { } manifest && request.Directive.Action is DirectiveAction.Apply
            ? await device.Contents(manifest, cancel)
            : null;
        var (next, answer) = Admission.Answer(_state, new Happening.Directed(request.Directive, request.Verified, installed), clock.Now);
        try
        {
            journal.Save(next);
        }
        catch (IOException)
        {
            // No answer, also no refusal: one that isn't written down could differ from the next. The directive may stand all
            // the same; who asks again must not find it.
            await Write(_state, cancel);
            throw;
        }
        Become(next);
        return answer;
    }

    private async Task Commit(Happening happening, CancellationToken cancel)
    {
        var next = Machine.Next(_state, happening, clock.Now);
        if (ReferenceEquals(next, _state)) return;
        await Write(next, cancel);
        Become(next);
    }

    // What can't be written down must not happen: the loop stands still until it can.
    private async Task Write(InstanceState state, CancellationToken cancel)
    {
        while (true)
        {
            try
            {
                journal.Save(state);
                return;
            }
            catch (IOException e)
            {
                log.Failure(_state.Name, "the state could not be written down; trying again", e);
                await Task.Delay(Again, clock.Time, cancel);
            }
        }
    }

    private void Become(InstanceState next)
    {
        var before = _state;
        _state = next;
        if (next.Change is not { } change || (before.Change?.Id == change.Id && before.Change.Step == change.Step && before.Change.Phase == change.Phase)) return;
        log.Step(next.Name, change);
        if (change.Step == Step.Ended) Ended?.Invoke();
    }

    private async Task Report(CancellationToken cancel)
    {
        if (_state.Outbox.IsEmpty || clock.Now < _reportAt) return;
        var handed = 0;
        try
        {
            foreach (var progress in _state.Outbox)
            {
                await facts.Record(progress, cancel);
                handed++;
            }
        }
#pragma warning disable CA1031 // A fact that can't be kept now is handed over again later; the change does not wait for it.
        catch (Exception e) when (e is not OperationCanceledException)
#pragma warning restore CA1031
        {
            log.Failure(_state.Name, "progress could not be handed over; trying again", e);
            _reportAt = clock.Now + Again;
        }
        // Not written down for its own sake: handing it over twice does no harm.
        if (handed > 0) _state = Machine.Next(_state, new Happening.Reported(handed), clock.Now);
    }
}
