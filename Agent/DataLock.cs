namespace Fleet.Agent;

/// <summary>One agent for one data directory: held while it works there, gone with the process.</summary>
internal static class DataLock
{
    /// <exception cref="IOException">Another agent works there.</exception>
    public static IDisposable Take(string dataDirectory)
    {
        if (!Directory.Exists(dataDirectory)) throw new IOException($"'{dataDirectory}' isn't there: enrol first");
        try
        {
            return new FileStream(Path.Combine(dataDirectory, "agent.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw new IOException($"another agent works in '{dataDirectory}': stop it first ({e.Message})", e);
        }
    }
}
