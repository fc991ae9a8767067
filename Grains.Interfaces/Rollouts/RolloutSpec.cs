using System.Collections.Immutable;
using Fleet.Instances;

namespace Fleet.Rollouts;

/// <summary>Which lane a rollout goes in.</summary>
public enum Lane
{
    Ordinary = 1,

    /// <summary>Before ordinary rollouts, whatever their priority; held by freezes of the whole fleet alone.</summary>
    Emergency = 2,
}

/// <summary>Which instances of the rollout's image are meant: all that is given must hold.</summary>
[GenerateSerializer, Immutable, Alias("fleet.selector")]
public sealed record Selector
{
    /// <summary>Image versions that run; empty is any.</summary>
    [Id(0)] public ImmutableArray<string> Versions { get; init; } = [];

    /// <summary>Package URL, with or without version, that the instance contains; empty is any.</summary>
    [Id(1)] public string Component { get; init; } = "";
    [Id(2)] public Labels Labels { get; init; } = Labels.None;

    /// <summary><c>resource/instance</c>; empty is any.</summary>
    [Id(3)] public ImmutableArray<string> Instances { get; init; } = [];

    /// <summary><c>resource/instance</c>, left out.</summary>
    [Id(4)] public ImmutableArray<string> Except { get; init; } = [];

    /// <summary>Equal by content.</summary>
    public bool Equals(Selector? other) => other is not null
        && Component == other.Component && Versions.SequenceEqual(other.Versions) && Labels.Equals(other.Labels)
        && Instances.SequenceEqual(other.Instances) && Except.SequenceEqual(other.Except);

    public override int GetHashCode() => Component.Length + Instances.Length;
}

/// <summary>What a rollout brings to whom, and how carefully.</summary>
[GenerateSerializer, Immutable, Alias("fleet.rollout-spec")]
public sealed record RolloutSpec
{
    [Id(0)] public required string Image { get; init; }
    [Id(1)] public required string Patch { get; init; }
    [Id(2)] public Selector Selector { get; init; } = new();

    /// <summary>Cumulative percentages after the canary: rising, the last one 100.</summary>
    [Id(3)] public ImmutableArray<int> Waves { get; init; } = [10, 50, 100];

    /// <summary>One instance goes first.</summary>
    [Id(4)] public bool Canary { get; init; } = true;

    /// <summary>How long each instance is probed before it counts as verified.</summary>
    [Id(5)] public TimeSpan Bake { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a wave is watched after its last instance is verified.</summary>
    [Id(6)] public TimeSpan WaveBake { get; init; } = TimeSpan.FromSeconds(10);
    [Id(7)] public TimeSpan KeepOld { get; init; }

    /// <summary>From dispatch to verified, for each instance.</summary>
    [Id(8)] public TimeSpan ChangeWithin { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>More failed targets than this halt the rollout.</summary>
    [Id(9)] public int FailuresAllowed { get; init; }
    [Id(10)] public Lane Lane { get; init; } = Lane.Ordinary;

    /// <summary>Higher goes first within the lane.</summary>
    [Id(11)] public int Priority { get; init; }

    /// <summary>A halted rollout waits for a person instead of taking done waves back by itself.</summary>
    [Id(12)] public bool KeepOnFailure { get; init; }

    /// <summary>A target that is offline holds its wave no longer than this.</summary>
    [Id(13)] public TimeSpan OfflineGrace { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Targets that were offline get the patch when they are back, until so long after the rollout began.</summary>
    [Id(14)] public TimeSpan CatchUp { get; init; } = TimeSpan.FromDays(7);
    [Id(15)] public string Reason { get; init; } = "";

    /// <summary>The W3C trace context in which it was asked for; empty when nobody records it. Asked for again, it is in another.</summary>
    [Id(16)] public string Trace { get; init; } = "";

    /// <summary>Equal by content, whoever traces it.</summary>
    public bool Equals(RolloutSpec? other) => other is not null
        && Image == other.Image && Patch == other.Patch && Selector.Equals(other.Selector) && Waves.SequenceEqual(other.Waves)
        && (Canary, Bake, WaveBake, KeepOld, ChangeWithin, FailuresAllowed, Lane, Priority, KeepOnFailure, OfflineGrace, CatchUp, Reason)
        == (other.Canary, other.Bake, other.WaveBake, other.KeepOld, other.ChangeWithin, other.FailuresAllowed, other.Lane, other.Priority,
            other.KeepOnFailure, other.OfflineGrace, other.CatchUp, other.Reason);

    public override int GetHashCode() => Waves.Length;
}
