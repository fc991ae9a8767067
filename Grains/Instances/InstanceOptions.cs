using System.ComponentModel.DataAnnotations;

namespace Fleet.Instances;

/// <summary>How long changes of instances may take where their request doesn't say.</summary>
public sealed class InstanceOptions
{
    /// <summary>How long a rollback may take until a person is needed. Default: 5 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan RollbackWithin { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long the device may take to begin its own rollback of a failed change until the engine asks for it. Default: 30 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan FailedGrace { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the word that a change is committed, or was called off, waits for a device that is away. Default: 7 days.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "365.00:00:00")]
    public TimeSpan CommitWithin { get; set; } = TimeSpan.FromDays(7);
}
