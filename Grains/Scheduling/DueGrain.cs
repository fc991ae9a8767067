using Fleet.Committing;
using Fleet.Telemetry;

namespace Fleet.Scheduling;

/// <summary>Wakes grains at their deadlines: precisely by a timer while it is active, within a minute by its reminder when it is not.</summary>
/// <remarks>
/// It wakes without waiting for the end of the wake-up, because the woken grain answers by calling back here. Until that
/// answer the entry stays, so a wake-up that got lost is repeated.
/// </remarks>
[GrainType("due")]
internal sealed partial class DueGrain(
    [PersistentState("due", "fleet")] IPersistentState<DueState> stored, FleetInstruments instruments, TimeProvider time, ILogger<DueGrain> log) : Grain, IDueGrain, IRemindable
{
    private const string Reminder = "due";

    // The shortest period that Orleans allows for reminders.
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    private ImmutableDictionary<string, Attempt> attempts = ImmutableDictionary<string, Attempt>.Empty;
    private IGrainTimer? timer;
    private bool reminded;

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
        await Commit(DueBook.Schedule(stored.State, target.ToString(), at));
    }

    public Task Cancel(GrainId target, DateTimeOffset until) => Commit(DueBook.Cancel(stored.State, target.ToString(), until));

    // Read anew: in a partition another activation may have written what this one doesn't know, and its reminder keeps this
    // one awake for ever.
    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        reminded = true;
        await stored.ReadStateAsync();
        await Wake();
    }

    private async Task Commit(DueState next)
    {
        await stored.Replace(next, DeactivateOnIdle);
        Arm();
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
        timer = null;
        if (DueBook.Nearest(stored.State, attempts) is not { } at) return;

        // Later than the next reminder need not be counted here.
        var wait = at - time.GetUtcNow();
        if (wait > Period) return;
        timer = this.RegisterGrainTimer(_ => Wake(), new GrainTimerCreationOptions
        {
            DueTime = wait > TimeSpan.Zero ? wait : TimeSpan.Zero,
            Period = Timeout.InfiniteTimeSpan,
        });
    }

    [LoggerMessage(LogLevel.Warning, "{Grain} couldn't be woken, try {Count}; it will be woken again")]
    private partial void LogUnwoken(Exception error, string grain, int count);
}
