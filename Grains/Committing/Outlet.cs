using Fleet.Audit;
using Fleet.Images;
using Fleet.Resources;
using Fleet.Rollouts;
using Fleet.Roster;
using Fleet.Scheduling;

namespace Fleet.Committing;

/// <summary>What a grain needs of others to keep its commitments.</summary>
internal interface IOutlet
{
    /// <summary>Brings an effect to the grain that it is meant for; when it returns, it has arrived for good.</summary>
    Task Send(Effect effect);

    /// <summary>Has the grain woken at this time, in place of any earlier wake-up.</summary>
    Task WakeAt(GrainId self, DateTimeOffset at);

    /// <summary>The grain is awake and waits for nothing: wake-ups until now are answered.</summary>
    Task Awake(GrainId self, DateTimeOffset now);
}

/// <summary>Reaches the other grains by calls.</summary>
internal sealed class Outlet(IGrainFactory grains) : IOutlet
{
    public Task Send(Effect effect) => effect switch
    {
        Effect.Send send => grains.Resource(new(send.Resource)).Send(send.Directive),
        Effect.Withdraw withdraw => grains.Resource(new(withdraw.Resource)).Answered(withdraw.Directive),
        Effect.Record record => grains.AuditOf(record.Entry.Subject).Append([record.Entry]),
        Effect.Quarantine bad => grains.Image(bad.Image).Quarantine(bad.Patch, "", bad.Reason),
        Effect.List list => grains.RosterOf(list.Entry.Id).List(list.Entry),
        Effect.Index index => grains.IndexOf(index.Listing, index.Name).Enter(index.Key, index.Name),
        Effect.Order order => grains.RolloutShard(order.Rollout, order.Shard).Order(order.What),
        Effect.Admit admit => grains.Scheduler().Admit(admit.Applicant),
        Effect.Hold hold => grains.Scheduler().Hold(hold.Rollout),
        Effect.Leave leave => grains.Scheduler().Leave(leave.Rollout),
        _ => throw new ArgumentOutOfRangeException(nameof(effect), effect, "unknown effect"),
    };

    public Task WakeAt(GrainId self, DateTimeOffset at) => grains.DueOf(self).Schedule(self, at);

    public Task Awake(GrainId self, DateTimeOffset now) => grains.DueOf(self).Cancel(self, now);
}
