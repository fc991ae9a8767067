using Fleet.Committing;
using Fleet.Scheduling;

namespace Fleet.Access;

/// <summary>Keeps one token and whom it was used for.</summary>
[GrainType("enrolment")]
internal sealed class EnrolmentGrain(
    [PersistentState("enrolment", "fleet")] IPersistentState<EnrolmentState> stored,
    IOutlet outlet,
    TimeProvider time,
    ILogger<EnrolmentGrain> log) : Grain, IEnrolmentGrain, IDueTarget
{
    private Commitments<EnrolmentState> commitments = null!;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        commitments = new(stored, this.GetGrainId(), outlet, _ => null, DeactivateOnIdle, time, log);
        await commitments.Resume();
    }

    public Task Offer(string resource, DateTimeOffset expires, string by)
    {
        var (next, effects) = Enrolment.Offer(stored.State, this.GetPrimaryKeyString(), resource, expires, by, time.GetUtcNow());
        return commitments.Commit(next, effects);
    }

    public async Task<EnrolmentAnswer> Redeem(string requestHash)
    {
        var (next, answer, effects) = Enrolment.Redeem(stored.State, this.GetPrimaryKeyString(), requestHash, time.GetUtcNow());
        await commitments.Commit(next, effects);
        return answer;
    }

    public Task Due() => commitments.Settle();
}
