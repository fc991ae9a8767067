using System.Security.Cryptography.X509Certificates;

namespace Fleet.Client;

/// <summary>Where the engine is, who asks, whom to trust, and how patient to be.</summary>
public sealed class FleetClientOptions
{
    /// <summary>The engine's address, e.g. <c>https://engine.example:8443</c>. TLS only: the key travels with every call.</summary>
    public required Uri Engine { get; init; }

    /// <summary>The operator key.</summary>
    public required string Key { get; init; }

    /// <summary>Fleet's authority, which alone is trusted then; null trusts the system's store. See <see cref="FleetAuthority"/>.</summary>
    public X509Certificate2? Authority { get; init; }

    /// <summary>How long one call may take, its repetitions included.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often an idempotent call is tried while the engine is unavailable.</summary>
    public int Attempts { get; init; } = 5;

    /// <summary>The longest pause before the second try; it doubles with each further one.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>No pause is longer.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a watch that had begun tries to reach the engine again before it gives up.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The clock that pauses and timeouts are counted on.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Where jitter comes from.</summary>
    public Random Chance { get; init; } = Random.Shared;
}
