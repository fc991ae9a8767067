using System.Collections.Immutable;

namespace Fleet.Instances;

/// <summary>Holds one instance: desired and observed manifest, restore points, lease, directive ledger and the change in flight.</summary>
[Alias("fleet.instance")]
public interface IInstanceGrain : IGrainWithStringKey
{
    /// <summary>Starts a change. Safe to repeat with the same change id.</summary>
    [Alias("apply")] Task<ChangeAnswer> Apply(ApplyPatch request);

    /// <summary>Takes a change back. Safe to repeat with the same change id.</summary>
    [Alias("roll-back")] Task<ChangeAnswer> RollBack(RollBack request);

    /// <summary>Takes what the device says now. Safe to repeat.</summary>
    [Alias("observe")] Task Observe(InstanceFacts facts);

    /// <summary>Takes a step of a change; when it returns, the step is stored. Safe to repeat.</summary>
    [Alias("progress")] Task Progress(ChangeProgress progress);

    /// <summary>Takes the first answer to a directive; when it returns, the answer is stored. Safe to repeat.</summary>
    [Alias("answer")] Task Answer(DirectiveAnswer answer);

    /// <summary>Takes the inventory: package URLs with version. Safe to repeat.</summary>
    [Alias("inventory")] Task Inventory(ImmutableArray<string> packages);

    [Alias("show"), ReadOnly] Task<InstanceView> Show();

    /// <summary>The change with this id, if it is among those that the instance remembers.</summary>
    [Alias("change"), ReadOnly] Task<ChangeView?> Change(string change);

    /// <summary>Tells the watcher of every change of the view, until <see cref="Unwatch"/> or five minutes without renewal.</summary>
    [Alias("watch")] Task<InstanceView> Watch(IInstanceWatcher watcher);

    [Alias("unwatch")] Task Unwatch(IInstanceWatcher watcher);

    /// <summary>Replaces the labels. Safe to repeat.</summary>
    [Alias("label")] Task<InstanceView> Label(Labels labels, string by);

    /// <summary>Gives the lease to a holder that changes nothing itself, or prolongs it; false while another has it. Safe to repeat.</summary>
    [Alias("lend")] Task<bool> Lend(LeaseRequest request);

    /// <summary>Takes the lease back from such a holder. Safe to repeat.</summary>
    [Alias("return")] Task Return(string holder);
}

/// <summary>Is told when an instance changed.</summary>
[Alias("fleet.instance-watcher")]
public interface IInstanceWatcher : IGrainObserver
{
    [Alias("changed")] Task Changed(InstanceView instance);
}

[GenerateSerializer, Immutable, Alias("fleet.instance-view")]
public sealed record InstanceView
{
    [Id(0)] public required InstanceId Id { get; init; }
    [Id(1)] public Manifest? Desired { get; init; }
    [Id(2)] public Manifest? Observed { get; init; }
    [Id(3)] public long Generation { get; init; }

    /// <summary>Unknown when the last report is older than three intervals.</summary>
    [Id(4)] public Health Health { get; init; } = Health.Unknown;
    [Id(5)] public string HealthDetail { get; init; } = "";

    /// <summary>The change in flight, or the last one.</summary>
    [Id(6)] public ChangeView? Change { get; init; }
    [Id(7)] public ImmutableArray<RestorePointView> RestorePoints { get; init; } = [];
    [Id(8)] public InstanceFacts? Facts { get; init; }
    [Id(9)] public LeaseView? Lease { get; init; }
    [Id(10)] public DateTimeOffset? LastReport { get; init; }
    [Id(11)] public ImmutableArray<string> Packages { get; init; } = [];

    /// <summary>Whether anything is known of it: false for an instance that nobody ever asked for.</summary>
    [Id(12)] public bool Exists { get; init; }
    [Id(13)] public Labels Labels { get; init; } = Labels.None;

    /// <summary>How often its service died and was started again since the last change.</summary>
    [Id(14)] public int Crashes { get; init; }

    /// <summary>What the last committed change made of it; null when nothing is installed.</summary>
    [Id(15)] public Manifest? Committed { get; init; }

    /// <summary>Answers of its health probe since the last change, as far as this engine heard of them.</summary>
    [Id(16)] public long Probes { get; init; }

    /// <summary>Those of them that were not good.</summary>
    [Id(17)] public long FailedProbes { get; init; }
}

/// <param name="Change">The change that made it.</param>
/// <param name="Manifest">Null: before the first change nothing was installed.</param>
[GenerateSerializer, Immutable, Alias("fleet.restore-point-view")]
public sealed record RestorePointView(
    [property: Id(0)] string Change,
    [property: Id(1)] Manifest? Manifest,
    [property: Id(2)] DateTimeOffset Made);

[GenerateSerializer, Immutable, Alias("fleet.lease-view")]
public sealed record LeaseView([property: Id(0)] string Holder, [property: Id(1)] DateTimeOffset Until);

public static class InstanceGrains
{
    public static IInstanceGrain Instance(this IGrainFactory grains, InstanceId id) => grains.GetGrain<IInstanceGrain>(id.ToString());
}
