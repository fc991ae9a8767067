namespace Fleet.Agent;

/// <summary>Tells what happened, one line per event: UTC time, level, sentence.</summary>
public sealed class AgentLog(TextWriter writer, TimeProvider time)
{
    private readonly Lock _line = new();

    /// <summary>Tells nobody.</summary>
    public static AgentLog Silent { get; } = new(TextWriter.Null, TimeProvider.System);

    /// <summary>Tells the story of the device.</summary>
    public void Information(string message) => Write("info", message);

    /// <summary>Somebody should look at it tomorrow.</summary>
    public void Warning(string message) => Write("warn", message);

    /// <summary>Somebody should look at it now.</summary>
    public void Error(string message) => Write("error", message);

    private void Write(string level, string message)
    {
        var oneLine = message.ReplaceLineEndings(" ");
        lock (_line)
        {
            try { writer.WriteLine($"{time.GetUtcNow():yyyy-MM-ddTHH:mm:ss.fffZ} {level} {oneLine}"); }
            catch (IOException) { } // standard error is gone; the device must go on all the same
        }
    }
}
