using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Options;

namespace Fleet.Client;

/// <summary>Where the engine is, who asks, whom to trust, and how patient to be.</summary>
public sealed class FleetClientOptions : IValidatableObject
{
    /// <summary>The section of the configuration that <see cref="FleetClientSetup"/> reads; that of a named client is <c>FleetClient:name</c>.</summary>
    public const string Section = "FleetClient";

    /// <summary>The engine's address, e.g. <c>https://engine.example:8443</c>; needed. TLS only: the key travels with every call.</summary>
    public Uri? Engine { get; set; }

    /// <summary>The operator key; this or <see cref="KeyFile"/> is needed.</summary>
    public string? Key { get; set; }

    /// <summary>A file that holds the operator key and nothing else; read once, when the client is made.</summary>
    public string? KeyFile { get; set; }

    /// <summary>
    /// Fleet's authority, which alone is trusted then; with neither this nor <see cref="AuthorityFile"/> the system's store is trusted.
    /// See <see cref="FleetAuthority"/>.
    /// </summary>
    public X509Certificate2? Authority { get; set; }

    /// <summary>Fleet's authority as a PEM file; read once, when the client is made.</summary>
    public string? AuthorityFile { get; set; }

    /// <summary>How long one call may take, its repetitions included: 1 ms to 1 day, default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often an idempotent call is tried while the engine is unavailable: 1 to 100, default 5.</summary>
    [Range(1, 100)]
    public int Attempts { get; set; } = 5;

    /// <summary>The longest pause before the second try; it doubles with each further one. 1 ms to 1 minute, default 200 ms.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:01:00")]
    public TimeSpan FirstPause { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>No pause is longer: 1 ms to 10 minutes, default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:10:00")]
    public TimeSpan LongestPause { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a watch that had begun tries to reach the engine again before it gives up: 0 to 7 days, default 5 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "7.00:00:00")]
    public TimeSpan Patience { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>The clock that pauses and timeouts are counted on.</summary>
    public TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary>Where jitter comes from.</summary>
    public Random Chance { get; set; } = Random.Shared;

    /// <summary>What is wrong beyond single ranges.</summary>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Engine is null)
            yield return new ValidationResult("the engine's address is missing: expected e.g. https://engine.example:8443", [nameof(Engine)]);
        else if (!Engine.IsAbsoluteUri || Engine.Scheme != Uri.UriSchemeHttps)
            yield return new ValidationResult($"the engine's address is '{Engine}': it must begin with https://, because the key travels with every call", [nameof(Engine)]);
        if (string.IsNullOrWhiteSpace(Key) == string.IsNullOrWhiteSpace(KeyFile))
            yield return new ValidationResult("give the operator key, or the file that holds it: one of them", [nameof(Key), nameof(KeyFile)]);
        if (Authority is not null && !string.IsNullOrWhiteSpace(AuthorityFile))
            yield return new ValidationResult("give the authority, or its file: one of them", [nameof(Authority), nameof(AuthorityFile)]);
    }
}

/// <summary>Refuses options that can't work, all that is wrong at once.</summary>
[OptionsValidator]
internal sealed partial class FleetClientOptionsValidator : IValidateOptions<FleetClientOptions>;
