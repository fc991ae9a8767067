using System.Collections.Immutable;
using Fleet.Images;

namespace Fleet.Agent.Delivery;

/// <summary>What is about to run. It is journaled before it runs, and running it again does no harm.</summary>
internal enum Step
{
    /// <summary>Bring the content to the device.</summary>
    Fetch,

    /// <summary>Unpack the layers.</summary>
    Unpack,

    /// <summary>Make the new slot's directories and network address.</summary>
    Create,

    /// <summary>Where two may not run at once: stop the old slot.</summary>
    StopFirst,

    /// <summary>Start the new slot.</summary>
    Start,

    /// <summary>Wait until the new slot's probe answers.</summary>
    Answer,

    /// <summary>Lead traffic to the new slot.</summary>
    Switch,

    /// <summary>Keep the old slot running for a warm rollback.</summary>
    Keep,

    /// <summary>Let the old slot's connections end.</summary>
    Drain,

    /// <summary>Remove every slot but the active one.</summary>
    Retire,

    /// <summary>In place: rename the new file over the old one.</summary>
    Replace,

    /// <summary>In place: have the service start its program anew.</summary>
    ReExec,

    /// <summary>Wait until no old process and no mapping of a replaced file is left.</summary>
    Settle,

    /// <summary>Watch the probe.</summary>
    Bake,

    /// <summary>Verified: wait for the engine's word.</summary>
    Wait,

    /// <summary>Ask the old slot, still running, whether it is well.</summary>
    BackProbe,
    BackCreate,
    BackStopFirst,
    BackStart,
    BackAnswer,
    BackSwitch,
    BackDrain,
    BackReplace,
    BackReExec,
    BackSettle,

    /// <summary>Remove every slot but the active one, then enter the outcome.</summary>
    Clear,

    /// <summary>Nothing more happens.</summary>
    Ended,
}

/// <summary>One change of an instance on its way forward or back.</summary>
internal sealed record ChangeState
{
    public required string Id { get; init; }
    public required string Directive { get; init; }
    public required long Generation { get; init; }
    public required Step Step { get; init; }
    public required DevicePhase Phase { get; init; }

    /// <summary>When <see cref="Step"/> is out of time.</summary>
    public required DateTimeOffset Deadline { get; init; }

    /// <summary>The verified patch; null when the change is a rollback by directive.</summary>
    public Patch? Patch { get; init; }
    public InstanceManifest? Expected { get; init; }

    /// <summary>How long it may wait before anything changes.</summary>
    public TimeSpan StartWithin { get; init; }
    public TimeSpan BakeFor { get; init; }
    public TimeSpan KeepFor { get; init; }

    /// <summary>What the instance will be; known once the content is.</summary>
    public Stack? Target { get; init; }

    /// <summary>Files to replace in the running slot; empty when the change makes a new slot.</summary>
    public ImmutableArray<string> InPlace { get; init; } = [];

    /// <summary>The slot that ran before, or that restores it; 0 when there is none.</summary>
    public int OldSlot { get; init; }

    /// <summary>The slot of this change; the patched one when in place.</summary>
    public int NewSlot { get; init; }

    /// <summary>Where it can be taken back to; made before anything changes.</summary>
    public RestorePoint? Below { get; init; }

    /// <summary>Traffic may have left the old slot: leading it to the new one was begun.</summary>
    public bool MaySwitch { get; init; }
    public DateTimeOffset? KeepUntil { get; init; }
    public DateTimeOffset? DrainUntil { get; init; }

    /// <summary>Where two may not run at once: since when there is no traffic, and how long there was none.</summary>
    public DateTimeOffset? GapFrom { get; init; }
    public TimeSpan Gap { get; init; }

    /// <summary>Progress reported so far.</summary>
    public long Reported { get; init; }
    public string Reason { get; init; } = "";
    public string Detail { get; init; } = "";
    public bool ByAgent { get; init; }

    /// <summary>The phase that <see cref="Step.Clear"/> ends in.</summary>
    public DevicePhase Outcome { get; init; }

    /// <summary>When the rollback was decided, whether the old slot still ran, and how long traffic took to get back.</summary>
    public DateTimeOffset? Decided { get; init; }
    public bool Warm { get; init; }
    public TimeSpan Took { get; init; }
    public int BackAttempts { get; init; }

    /// <summary>Restarts of the agent during this step.</summary>
    public int Recoveries { get; init; }

    /// <summary>The change in flight that this rollback by directive takes back; it is told how it ends.</summary>
    public ChangeState? TakesBack { get; init; }}
