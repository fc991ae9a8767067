using System.Collections.Immutable;

namespace Fleet.Instances;

/// <summary>Three values, and unknown is never healthy.</summary>
public enum Health
{
    Unknown = 1,
    Healthy = 2,
    Unhealthy = 3,
}

/// <summary>What the device says of an instance, now. Not persisted: the next one is at most an interval away.</summary>
[GenerateSerializer, Immutable, Alias("fleet.instance-facts")]
public sealed record InstanceFacts
{
    [Id(0)] public Manifest? Observed { get; init; }
    [Id(1)] public long Generation { get; init; }
    [Id(2)] public Health Health { get; init; } = Health.Unknown;
    [Id(3)] public string HealthDetail { get; init; } = "";
    [Id(4)] public ImmutableArray<SlotFacts> Slots { get; init; } = [];
    [Id(5)] public int StaleMappings { get; init; }
    [Id(6)] public int StaleProcesses { get; init; }

    /// <summary>The report itself, as it came (protocol's InstanceReport, serialized), for those who want all of it.</summary>
    [Id(7)] public ImmutableArray<byte> Report { get; init; } = [];

    /// <summary>Answers of the health probe since the agent started; begins anew with the agent.</summary>
    [Id(8)] public long Probes { get; init; }

    /// <summary>Those of them that were not good.</summary>
    [Id(9)] public long FailedProbes { get; init; }
}

[GenerateSerializer, Immutable, Alias("fleet.slot-facts")]
public sealed record SlotFacts
{
    [Id(0)] public required string Id { get; init; }
    [Id(1)] public bool Active { get; init; }
    [Id(2)] public bool Running { get; init; }
    [Id(3)] public Manifest? Manifest { get; init; }
    [Id(4)] public int InitPid { get; init; }
    [Id(5)] public int Connections { get; init; }
    [Id(6)] public DateTimeOffset? Started { get; init; }
}

/// <summary>A step of a change on the device. Repeated and late ones are recognised by change and step.</summary>
[GenerateSerializer, Immutable, Alias("fleet.change-progress")]
public sealed record ChangeProgress
{
    [Id(0)] public required string Change { get; init; }
    [Id(1)] public required string Directive { get; init; }
    [Id(2)] public required long Generation { get; init; }
    [Id(3)] public required ChangePhase Phase { get; init; }
    [Id(4)] public string Detail { get; init; } = "";
    [Id(5)] public string Reason { get; init; } = "";
    [Id(6)] public DateTimeOffset DeviceTime { get; init; }
    [Id(7)] public required long Step { get; init; }
    [Id(8)] public bool ByAgent { get; init; }
    [Id(9)] public TimeSpan RollbackTook { get; init; }
    [Id(10)] public bool RollbackWarm { get; init; }
}

/// <summary>The agent's first answer to a directive.</summary>
[GenerateSerializer, Immutable, Alias("fleet.directive-answer")]
public sealed record DirectiveAnswer(
    [property: Id(0)] string Directive,
    [property: Id(1)] bool Accepted,
    [property: Id(2)] string Reason,
    [property: Id(3)] string Detail);
