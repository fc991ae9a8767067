using System.Security.Cryptography;
using Fleet.Gateway;

namespace Fleet.Silo;

/// <summary>Reads the public keys of publishers: each <c>*.pem</c> of a directory.</summary>
internal static class PublisherKeys
{
    /// <exception cref="StartException">The directory can't be read, or a file is no public key; the message names it.</exception>
    public static IList<string> In(string directory)
    {
        // None yet: no patch is believed until there is one.
        if (!Directory.Exists(directory)) return [];
        try
        {
            return [.. Directory.EnumerateFiles(directory, "*.pem").Order(StringComparer.Ordinal).Select(Read)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartException($"The publishers' keys in {directory} can't be read: {e.Message}", e);
        }
    }

    private static string Read(string file)
    {
        var text = File.ReadAllText(file);
        try
        {
            using var key = ECDsa.Create();
            key.ImportFromPem(text);
            return text;
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            throw new StartException($"The publisher's key {file} can't be used: expected a public key in PEM form, ECDSA P-256", e);
        }
    }
}
