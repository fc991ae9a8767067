using Fleet.Gateway;

namespace Fleet.Silo;

/// <summary>Reads the public keys of publishers: each <c>*.pem</c> of a directory.</summary>
internal static class PublisherKeys
{
    /// <exception cref="StartException">The directory can't be read.</exception>
    public static IList<string> In(string directory)
    {
        // None yet: no patch is believed until there is one.
        if (!Directory.Exists(directory)) return [];
        try
        {
            return [.. Directory.EnumerateFiles(directory, "*.pem").Order(StringComparer.Ordinal).Select(File.ReadAllText)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartException($"The publishers' keys in {directory} can't be read: {e.Message}", e);
        }
    }
}
