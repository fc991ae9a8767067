using Fleet.Resources;

namespace Fleet.Instances;

/// <summary>What a decision may know besides state and fact.</summary>
internal sealed record Moment(InstanceId Id, Sight Sight, InstanceOptions Options, DateTimeOffset Now);

/// <summary>What was last seen of an instance. Not persisted: the next report is at most an interval away.</summary>
/// <param name="Since">Since when this activation listens.</param>
/// <param name="At">When <paramref name="Facts"/> came.</param>
/// <param name="Crashes">How often its service was started again by itself since the last change.</param>
/// <param name="Probes">Answers of its health probe since the last change.</param>
/// <param name="FailedProbes">Those of them that were not good.</param>
internal sealed record Sight(DateTimeOffset Since, InstanceFacts? Facts = null, DateTimeOffset At = default, int Crashes = 0, long Probes = 0, long FailedProbes = 0)
{
    /// <summary>The device reported. Another init in the same slot, while nothing is in flight, is a service that died and was started again.</summary>
    public Sight Saw(InstanceFacts facts, bool inFlight, DateTimeOffset now)
    {
        var (before, after) = (Active(Facts), Active(facts));
        var died = before is { Running: true } && after is not null && before.Id == after.Id && (before.InitPid != after.InitPid || !after.Running);
        return this with
        {
            Facts = facts,
            At = now,
            Crashes = inFlight ? 0 : died ? Crashes + 1 : Crashes,
            Probes = inFlight ? 0 : Probes + More(Facts?.Probes, facts.Probes),
            FailedProbes = inFlight ? 0 : FailedProbes + More(Facts?.FailedProbes, facts.FailedProbes),
        };
    }

    // A counter that fell began anew with its agent; of one that is heard for the first time nobody knows since when it counts.
    private static long More(long? before, long after) => before is null ? 0 : after >= before ? after - before.Value : after;

    private static SlotFacts? Active(InstanceFacts? facts) => facts?.Slots.FirstOrDefault(s => s.Active);

    /// <summary>The facts, unless the device has been silent since.</summary>
    public InstanceFacts? Fresh(DateTimeOffset now) => Facts is not null && now - At <= Reporting.Silence ? Facts : null;

    /// <summary>
    /// When a deadline counts: an engine that has just started may have missed the very report that meets it, so it acts
    /// only after one full cycle of reports.
    /// </summary>
    public DateTimeOffset Due(DateTimeOffset deadline) => deadline > Since + Reporting.Interval ? deadline : Since + Reporting.Interval;
}
