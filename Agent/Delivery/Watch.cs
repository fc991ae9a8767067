using Fleet.Images;

namespace Fleet.Agent.Delivery;

/// <summary>What an instance's loop saw lately. It is seen anew after a restart, so it is never journaled.</summary>
internal sealed record Watch
{
    /// <summary>Whether the active slot has to be started and traffic led to it before anything else.</summary>
    public Ensure Ensure { get; init; }

    public Health Health { get; init; }
    public string HealthDetail { get; init; } = "";

    /// <summary>Failed probes in a row.</summary>
    public int Failures { get; init; }

    /// <summary>Answers that were counted since the agent started.</summary>
    public long Probes { get; init; }

    /// <summary>Those of them that were not good.</summary>
    public long Errors { get; init; }

    /// <summary>When to look again: probe, count or try once more.</summary>
    public DateTimeOffset LookAt { get; init; }

    /// <summary>Tries of the present step that failed.</summary>
    public int Tries { get; init; }
    public int Connections { get; init; }
    public int StaleProcesses { get; init; }
    public int StaleMappings { get; init; }

    /// <summary>Counts a probe's answer: three values, and no answer is not healthy.</summary>
    public Watch Count(ProbeAnswer answer, HealthProbe probe) => answer.Healthy
        ? this with { Health = Health.Healthy, HealthDetail = "", Failures = 0, Probes = Probes + 1 }
        : this with
        {
            Failures = Failures + 1,
            Probes = Probes + 1,
            Errors = Errors + 1,
            Health = Failures + 1 >= probe.Failures ? Health.Unhealthy : Health.Unknown,
            HealthDetail = answer.Detail,
        };

    /// <summary>When to try again after a failure: 1 s, doubling up to 30 s.</summary>
    public Watch RetryAfter(DateTimeOffset now) => this with
    {
        Tries = Tries + 1,
        LookAt = now + TimeSpan.FromSeconds(Math.Min(30, 1 << Math.Min(Tries, 5))),
    };
}

/// <summary>Steps that bring back what a restart of the device, or the death of the service, took away.</summary>
internal enum Ensure
{
    Nothing,
    Running,
    Routed,
}

/// <summary>What a probe heard.</summary>
/// <param name="Running">Whether the slot's init is alive at all.</param>
internal readonly record struct ProbeAnswer(bool Healthy, bool Running, string Detail);
