using Fleet.Audit;
using Fleet.Images;
using Fleet.Resources;
using Fleet.Scheduling;

namespace Fleet.Committing;

/// <summary>Brings effects to the grains that they are meant for.</summary>
internal sealed class Outlet(IGrainFactory grains)
{
    public Task Send(Effect effect) => effect switch
    {
        Effect.Send send => grains.Resource(new(send.Resource)).Send(send.Directive),
        Effect.Withdraw withdraw => grains.Resource(new(withdraw.Resource)).Answered(withdraw.Directive),
        Effect.Record record => grains.AuditOf(record.Entry.Subject).Append([record.Entry]),
        Effect.Quarantine bad => grains.Image(bad.Image).Quarantine(bad.Patch, bad.Reason),
        _ => throw new ArgumentOutOfRangeException(nameof(effect), effect, "unknown effect"),
    };

    public Task WakeAt(GrainId self, DateTimeOffset at) => grains.DueOf(self).Schedule(self, at);

    public Task Awake(GrainId self, DateTimeOffset now) => grains.DueOf(self).Cancel(self, now);
}
