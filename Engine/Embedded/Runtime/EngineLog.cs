using Microsoft.Extensions.Logging;

namespace Fleet.Engine.Embedded;

/// <summary>What the engine tells the operator: errors that no caller hears.</summary>
internal sealed partial class EngineLog(ILogger<EngineLog> log)
{
    [LoggerMessage(LogLevel.Error, "Grain {Grain} could not wake up")]
    public partial void ActivationFailed(Exception error, GrainId grain);

    [LoggerMessage(LogLevel.Error, "Grain {Grain} did not fall asleep in order")]
    public partial void DeactivationFailed(Exception error, GrainId grain);

    [LoggerMessage(LogLevel.Error, "Grain {Grain} could not be disposed of in order")]
    public partial void DisposalFailed(Exception error, GrainId grain);

    [LoggerMessage(LogLevel.Error, "The turn {Turn} ended with an error that belongs to nobody")]
    public partial void TurnFailed(Exception error, string turn);

    [LoggerMessage(LogLevel.Warning, "What a timer of grain {Grain} left to be cancelled threw when the timer was ended")]
    public partial void TimerEndFailed(Exception error, GrainId grain);

    [LoggerMessage(LogLevel.Warning, "A timer of grain {Grain} threw; it goes on")]
    public partial void TimerFailed(Exception error, GrainId grain);

    [LoggerMessage(LogLevel.Warning, "Reminder {Reminder} of grain {Grain} was not received; it comes again at its next time")]
    public partial void ReminderFailed(Exception error, string reminder, GrainId grain);

    [LoggerMessage(LogLevel.Warning, "{Call}, for whose answer nobody waits, failed")]
    public partial void OneWayFailed(Exception error, string call);
}
