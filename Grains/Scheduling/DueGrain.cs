using Fleet.Committing;
using Fleet.Telemetry;

namespace Fleet.Scheduling;

/// <summary>Wakes grains at their deadlines: precisely by a timer while it is active, within a minute by its reminder when it is not.</summary>
/// <remarks>
/// It wakes without waiting for the end of the wake-up, because the woken grain answers by calling back here. Until that
/// answer the entry stays, so a wake-up that got lost is repeated.
/// Calls interleave so that the deadlines of many grains are stored in one write; <see cref="Batches{T}"/> keeps the state whole.
/// </remarks>
[GrainType("due"), Reentrant]
internal sealed partial class DueGrain : Grain, IDueGrain, IRemindable
{
    private const string Reminder = "due";

    // The shortest period that Orleans allows for reminders.
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    // Timers count some weeks at most.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    private readonly IPersistentState<DueState> stored;
    private readonly Batches<DueState> batches;
    private readonly FleetInstruments instruments;
    private readonly TimeProvider time;
    private readonly ILogger<DueGrain> log;

    private ImmutableDictionary<string, Attempt> attempts = ImmutableDictionary<string, Attempt>.Empty;
    private IGrainTimer? timer;
    private DateTimeOffset armed = DateTimeOffset.MaxValue;
    private bool reminded;

    public DueGrain([PersistentState("due", "fleet")] IPersistentState<DueState> stored, FleetInstruments instruments, TimeProvider time, ILogger<DueGrain> log)
    {
        (this.stored, this.instruments, this.time, this.log) = (stored, instruments, time, log);
        batches = new(stored, DeactivateOnIdle);
    }

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        Arm();
        return Task.CompletedTask;
    }

    public async Task Start()
    {
        if (reminded) return;
        if (await this.GetReminder(Reminder) is null) await this.RegisterOrUpdateReminder(Reminder, Period, Period);
        reminded = true;
    }

    public async Task Schedule(GrainId target, DateTimeOffset at)
    {
        await Start();
        await batches.Change(state => DueBook.Schedule(state, target.ToString(), at));
        if (at < armed) Arm(at);
    }

    // The timer is left: should it come for nothing, it finds out for what it is to come next.
    public Task Cancel(GrainId target, DateTimeOffset until) => batches.Change(state => DueBook.Cancel(state, target.ToString(), until));

    // Read anew: in a partition another activation may have written what this one doesn't know, and its reminder keeps this
    // one awake for ever.
    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        reminded = true;
        await batches.Read();
        await Wake();
    }

    private Task Wake()
    {
        var now = time.GetUtcNow();
        var due = DueBook.Due(stored.State, attempts, now);
        attempts = DueBook.Woken(stored.State, attempts, due, now);
        foreach (var target in due) _ = Wake(target);
        Arm();
        return Task.CompletedTask;
    }

    private async Task Wake(string target)
    {
        try
        {
            await GrainFactory.GetGrain<IDueTarget>(GrainId.Parse(target)).Due();
        }
        catch (Exception error)
        {
            instruments.NotWoken();
            LogUnwoken(error, target, attempts.GetValueOrDefault(target)?.Count ?? 0);
        }
    }

    private void Arm()
    {
        timer?.Dispose();
        (timer, armed) = (null, DateTimeOffset.MaxValue);
        if (DueBook.Nearest(stored.State, attempts) is { } at) Arm(at);
    }

    // A timer that comes too early finds nothing due, and is set again.
    private void Arm(DateTimeOffset at)
    {
        var wait = at - time.GetUtcNow();
        armed = at;
        timer?.Dispose();
        timer = this.RegisterGrainTimer(_ => Wake(), new GrainTimerCreationOptions
        {
            DueTime = wait < TimeSpan.Zero ? TimeSpan.Zero : wait > Longest ? Longest : wait,
            Period = Timeout.InfiniteTimeSpan,
        });
    }

    [LoggerMessage(LogLevel.Warning, "{Grain} couldn't be woken, try {Count}; it will be woken again")]
    private partial void LogUnwoken(Exception error, string grain, int count);
}
