using Fleet.Committing;
using Fleet.Telemetry;
using Microsoft.Extensions.Options;

namespace Fleet.Scheduling;

/// <summary>Keeps what <see cref="Scheduler"/> decides. It calls nobody but the audit, so whoever needs a permit gets its answer at once.</summary>
[GrainType("scheduler")]
internal sealed class SchedulerGrain(
    [PersistentState("scheduler", "fleet")] IPersistentState<SchedulerState> stored,
    IOutlet outlet,
    FleetInstruments instruments,
    Uptime uptime,
    IOptions<SchedulingOptions> options,
    TimeProvider time,
    ILogger<SchedulerGrain> log) : Grain, ISchedulerGrain, IDueTarget
{
    /// <summary>Holds that aren't stored yet: who said them says them again until they are, and nothing is permitted meanwhile.</summary>
    private readonly HashSet<string> heard = new(StringComparer.Ordinal);
    private Commitments<SchedulerState> commitments = null!;
    private DateTimeOffset read;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        commitments = new(stored, this.GetGrainId(), outlet, _ => null, DeactivateOnIdle, time, log);
        read = time.GetUtcNow();
        await commitments.Resume();
    }

    public Task Admit(Applicant applicant) => commitments.Commit(Scheduler.Admit(stored.State, applicant));

    public async Task Hold(string rollout)
    {
        heard.Add(rollout);
        await commitments.Commit(Scheduler.Hold(stored.State, rollout));
        heard.Remove(rollout);
    }

    public Task Leave(string rollout) => commitments.Commit(Scheduler.Leave(stored.State, rollout));

    // Read anew: in a partition another activation may have written what this one doesn't know, and those who ask keep this
    // one awake for ever. No freeze may be unknown here for longer than a permit lives.
    public async Task<Permit> Permit(string rollout)
    {
        var now = time.GetUtcNow();
        if (now - read >= Fleet.Scheduling.Permit.Life)
        {
            await commitments.Read();
            read = now;
        }
        var state = heard.Contains(rollout) ? Scheduler.Hold(stored.State, rollout) : stored.State;
        return instruments.Asked(Scheduler.Permit(state, rollout, uptime.Warm, options.Value.MostRunning, now));
    }

    public async Task<FreezeAnswer> Freeze(FreezeView freeze)
    {
        var (decision, answer) = Scheduler.Freeze(stored.State, freeze, time.GetUtcNow());
        await commitments.Commit(decision.State, decision.Effects);
        return answer;
    }

    public async Task<FreezeView?> Lift(string freeze, string by, string reason)
    {
        var (decision, lifted) = Scheduler.Lift(stored.State, freeze, by, reason, time.GetUtcNow());
        await commitments.Commit(decision.State, decision.Effects);
        return lifted;
    }

    public Task<ImmutableArray<FreezeView>> Freezes(string after, int count, bool active) =>
        Task.FromResult(Scheduler.Freezes(stored.State, after, count, active, time.GetUtcNow()));

    public Task Due() => commitments.Settle();
}
