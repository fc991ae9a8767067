using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Fleet.Images;

namespace Fleet.Agent.Delivery;

/// <summary>All that delivery remembers of one instance. Journaled before every effect, so that a killed agent goes on from here.</summary>
internal sealed record InstanceState
{
    public const int CurrentSchema = 1;

    /// <summary>So many restore points are kept, and one more while a change is not accepted; what only older ones need is collected.</summary>
    public const int KeptRestorePoints = 5;

    /// <summary>So many answers are kept; older directives are refused by their generation.</summary>
    public const int KeptAnswers = 100;

    public int Schema { get; init; } = CurrentSchema;
    public required string Name { get; init; }

    /// <summary>The highest generation seen.</summary>
    public long Generation { get; init; }
    public int NextSlot { get; init; } = 1;
    public ImmutableArray<SlotState> Slots { get; init; } = [];

    /// <summary>Id of the slot that traffic goes to; 0 when nothing is installed.</summary>
    public int ActiveSlot { get; init; }

    /// <summary>The change in flight, or the last one.</summary>
    public ChangeState? Change { get; init; }

    /// <summary>Oldest first.</summary>
    public ImmutableArray<RestorePoint> RestorePoints { get; init; } = [];

    /// <summary>Oldest first.</summary>
    public ImmutableArray<LedgerEntry> Ledger { get; init; } = [];

    /// <summary>Progress that was decided and not yet handed over as a fact.</summary>
    public ImmutableArray<Progress> Outbox { get; init; } = [];

    /// <summary>What was last seen; not remembered across a restart.</summary>
    [JsonIgnore]
    public Watch Watch { get; init; } = new();

    [JsonIgnore]
    public SlotState? Active => Slot(ActiveSlot);

    [JsonIgnore]
    public InstanceManifest? Manifest => Active?.Stack.Manifest;

    [JsonIgnore]
    public bool Changing => Change is { Step: not (Step.Wait or Step.Ended) };

    public SlotState? Slot(int id) => Slots.FirstOrDefault(s => s.Id == id);

    public InstanceState With(SlotState slot) => this with { Slots = [.. Slots.Select(s => s.Id == slot.Id ? slot : s)] };

    public InstanceState Without(int slot) => this with { Slots = Slots.RemoveAll(s => s.Id == slot) };
}

/// <summary>A manifest with what it takes to run it.</summary>
/// <param name="Layers">Bottom first: the image's layers, then one for each hotfix.</param>
internal sealed record Stack(InstanceManifest Manifest, ImmutableArray<Descriptor> Layers, ServiceDefinition Service);

/// <summary>One slot: its own upper directory, namespaces and cgroup.</summary>
internal sealed record SlotState
{
    public required int Id { get; init; }

    /// <summary>What it runs.</summary>
    public required Stack Stack { get; init; }

    /// <summary>The layers that it mounts, bottom first; they stay as they are when a file is replaced in place.</summary>
    public required ImmutableArray<Descriptor> Mounted { get; init; }

    /// <summary>Files replaced in place, relative to the root.</summary>
    public ImmutableArray<string> Replaced { get; init; } = [];

    /// <summary>Which pair of addresses in the pool it has; unset until it is created.</summary>
    public int? Network { get; init; }

    /// <summary>Starting it was begun, and stopping it not ended: it may run, whether its init is known or not.</summary>
    public bool MayRun { get; init; }

    /// <summary>Its init on the device, with the start time that tells it from a later process of the same number.</summary>
    public int InitPid { get; init; }
    public long InitStart { get; init; }
    public DateTimeOffset Started { get; init; }
}

/// <summary>Where a change can be taken back to.</summary>
/// <param name="Change">The change before which it was made.</param>
/// <param name="Stack">What ran; null when nothing was installed.</param>
/// <param name="InPlace">The slot in which the change replaced files, 0 when it made a new slot.</param>
/// <param name="Files">What it replaced in place.</param>
internal sealed record RestorePoint(string Change, Stack? Stack, int InPlace, ImmutableArray<string> Files);

/// <summary>The first answer to a directive, and what came of it.</summary>
internal sealed record LedgerEntry(DirectiveAnswer Answer, string Change, DevicePhase? Outcome);
