using Fleet.Agent.Delivery;
using Fleet.Applications;
using Fleet.Audit;
using Fleet.Instances;
using Fleet.Resources;
using Fleet.Rollouts;
using Fleet.Scheduling;

namespace Fleet.Simulation;

/// <summary>A law does not hold: the run ends here.</summary>
internal sealed class LawBrokenException(string law, string detail) : Exception($"{law}: {detail}")
{
    /// <summary>Which one.</summary>
    public string Law => law;

    public string Detail => detail;
}

/// <summary>What always holds. Each law sees each step that concerns it, and keeps just what it needs for the next.</summary>
internal sealed class LawBook
{
    private readonly SimWorld world;
    private readonly InstanceLaws instances;
    private readonly AuditLaws audit;
    private readonly DeviceLaws devices;
    private readonly FactLaws facts;
    private readonly DeadlineLaws deadlines;
    private readonly RolloutLaws rollouts;
    private readonly PermitLaws permits;
    private readonly HoldLaws holds;
    private readonly EndLaws ends;

    public LawBook(SimWorld world)
    {
        this.world = world;
        (instances, audit, facts, deadlines, ends) = (new(world), new(world), new(world), new(world), new(world));
        devices = new(instances);
        (permits, holds) = (new(world), new(world));
        rollouts = new(world, permits);
    }

    /// <summary>Set when all faults are over.</summary>
    public bool Calm { get; set; }

    // A law is looked at in the middle of a grain's or an agent's code, which may well take what is thrown for a failed write.
    [ThreadStatic] private static LawBrokenException? broken;

    public static void Hold(bool holds, string law, string detail)
    {
        if (!holds) throw broken ??= new LawBrokenException(law, detail);
    }

    /// <summary>Ends the run when a law was broken, whoever caught that.</summary>
    public static void Check()
    {
        if (broken is { } found) throw found;
    }

    /// <summary>A new world begins on this thread.</summary>
    public static void Begin() => broken = null;

    /// <summary>A state is on the disk.</summary>
    public void Stored(SimProcess by, GrainId grain, string name, object? before, object after)
    {
        switch (after)
        {
            case Instances.InstanceState instance:
                instances.Stored(grain.Key.ToString()!, before as Instances.InstanceState ?? new(), instance);
                permits.Stored(by, grain.Key.ToString()!, before as Instances.InstanceState ?? new(), instance);
                holds.Stored(grain.Key.ToString()!, before as Instances.InstanceState ?? new(), instance);
                audit.Stored(grain.Key.ToString()!, instance);
                deadlines.Stored(by, grain.Key.ToString()!, before as Instances.InstanceState ?? new(), instance);
                break;
            case AuditState state:
                audit.Stored(grain, before as AuditState ?? new(), state);
                break;
            case AuditSegmentState segment:
                AuditLaws.Sealed(grain, before as AuditSegmentState ?? new(), segment);
                break;
            case RolloutState rollout:
                rollouts.Stored(grain.Key.ToString()!, before as RolloutState ?? new(), rollout);
                deadlines.Stored(grain.Key.ToString()!, rollout);
                break;
            case ShardState shard:
                rollouts.Stored(by, before as ShardState ?? new(), shard);
                break;
            case SchedulerState scheduler:
                permits.Stored(scheduler);
                break;
            case ApplicationState application:
                rollouts.Stored(grain.Key.ToString()!, before as ApplicationState ?? new(), application);
                break;
            case HoldState hold:
                holds.Stored(grain.Key.ToString()!, before as HoldState ?? new(), hold);
                deadlines.Stored(grain.Key.ToString()!, hold);
                break;
            case ResourceState resource:
                FactLaws.Stored(grain.Key.ToString()!, before as ResourceState ?? new(), resource);
                break;
        }
    }

    /// <summary>A request was answered.</summary>
    public void Answered(InstanceId id, string change, ChangeAnswer answer)
    {
        world.Simulator.Say("operators", $"{change} of {id}: {answer.Kind} {answer.Reason}");
        if (answer.Kind == ChangeAnswerKind.Accepted) instances.Accepted(id.ToString(), change);
    }

    /// <summary>The agent wrote down a state.</summary>
    public void Journaled(string device, Agent.Delivery.InstanceState state)
    {
        devices.Journaled(device, state);
        foreach (var progress in state.Outbox) facts.Told(device, progress);
    }

    /// <summary>The engine told an agent that its facts are stored.</summary>
    public void Acknowledged(string device, ulong sequence) => facts.Acknowledged(device, sequence);

    public void TimePassed() => deadlines.TimePassed();

    public void AtTheEnd()
    {
        audit.AtTheEnd(instances.AllAccepted);
        facts.AtTheEnd();
        ends.Check();
    }
}
