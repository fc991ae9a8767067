namespace Fleet.Committing;

/// <summary>
/// The one place where a grain's state changes: state and effects in one record, then the effects, in order for each receiver.
/// </summary>
/// <remarks>
/// Nothing depends on the grain being awake. Its wake-up is scheduled <em>before</em> the write, so each crash is covered:
/// before the write, a wake-up comes for nothing, and is harmless; after the write, it comes while effects are unsent, and
/// they are sent then; after the sending, they are sent once more, and their receivers know them by their ids.
/// A wake-up is only ever moved nearer before a write, and moved further away only when it has come.
/// </remarks>
/// <param name="deadline">When the state must be looked at again; null when it waits for nothing.</param>
/// <param name="deactivate">Ends the activation, so that the truth is read again.</param>
internal sealed partial class Commitments<T>(
    IPersistentState<T> stored, GrainId self, IOutlet outlet, Func<T, DateTimeOffset?> deadline, Action deactivate, TimeProvider time, ILogger log)
    where T : Remembered
{
    /// <summary>How long effects may stay unsent before the grain is woken for them.</summary>
    public static readonly TimeSpan Retry = TimeSpan.FromSeconds(30);

    /// <summary>The effects of the outbox that have arrived; the next write drops them.</summary>
    private readonly HashSet<Effect> arrived = new(ReferenceEqualityComparer.Instance);

    /// <summary>The wake-up that is surely scheduled; null when this activation doesn't know of one.</summary>
    private DateTimeOffset? scheduled;

    /// <summary>Stores the next state with its effects, then sends them. An effect that can't be sent now is sent later.</summary>
    public async Task Commit(T next, params ImmutableArray<Effect> effects)
    {
        if (ReferenceEquals(next, stored.State) && effects.IsEmpty) return;

        var outbox = Unsent().AddRange(effects);
        await WakeFor(next, outbox);
        await Write(next, outbox);
        await Send();
    }

    /// <summary>Sends what an earlier activation stored and may not have sent.</summary>
    public Task Resume() => Send();

    /// <summary>Reads anew what is stored. What had arrived is sent once more, should it be in an outbox still.</summary>
    public Task Read()
    {
        arrived.Clear();
        return stored.ReadStateAsync();
    }

    /// <summary>Ends a wake-up: sends what is unsent, forgets what is sent, and schedules the next wake-up if one is needed.</summary>
    public async Task Settle()
    {
        await Send();
        if (arrived.Count > 0) await Write(stored.State, Unsent());
        // In a partition another activation may have written: what this one remembers must not call off the wake-up of that.
        else await stored.ReadStateAsync();

        var now = time.GetUtcNow();
        scheduled = Needed(stored.State, stored.State.Outbox, now);
        await (scheduled is { } at ? outlet.WakeAt(self, at) : outlet.Awake(self, now));
    }

    private async Task WakeFor(T next, ImmutableArray<Effect> outbox)
    {
        var now = time.GetUtcNow();
        // One that should have come by now may have come to another activation, in a partition, and be answered there.
        if (scheduled <= now) scheduled = null;
        if (Needed(next, outbox, now) is not { } at || at >= scheduled) return;

        // Who doesn't know what is scheduled must not put off what the stored state still waits for.
        if (scheduled is null && Needed(stored.State, stored.State.Outbox, now) is { } old && old < at) at = old;
        await outlet.WakeAt(self, at);
        scheduled = at;
    }

    private DateTimeOffset? Needed(T state, ImmutableArray<Effect> outbox, DateTimeOffset now)
    {
        var retry = outbox.IsEmpty ? default(DateTimeOffset?) : now + Retry;
        var wait = deadline(state);
        return wait < retry ? wait : retry ?? wait;
    }

    private async Task Write(T next, ImmutableArray<Effect> outbox)
    {
        var etag = stored.Etag;
        try
        {
            await stored.Replace((T)((Remembered)next with { Outbox = outbox }), deactivate);
        }
        catch (Exception)
        {
            // Only its acknowledgement is missing: whoever asked will ask again, and its effects needn't wait for that.
            if (stored.Etag != etag) await SendAnew();
            throw;
        }
        arrived.Clear();
    }

    private Task SendAnew()
    {
        arrived.Clear();
        return Send();
    }

    private ImmutableArray<Effect> Unsent() => stored.State.Outbox.RemoveAll(arrived.Contains);

    /// <summary>To all receivers at once: one that doesn't answer must not keep a stop from the others.</summary>
    private Task Send() => Task.WhenAll(Unsent().GroupBy(effect => effect.Receiver()).Select(SendInOrder));

    private async Task SendInOrder(IEnumerable<Effect> effects)
    {
        foreach (var effect in effects)
        {
            try
            {
                await outlet.Send(effect);
                arrived.Add(effect);
            }
            catch (Exception error)
            {
                // It is stored and a wake-up is scheduled; the decision stands, so its caller is not told of this.
                LogUnsent(error, self, effect.GetType().Name);
                return;
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "{Grain} couldn't send its effect {Effect} and will send it again")]
    private partial void LogUnsent(Exception error, GrainId grain, string effect);
}
