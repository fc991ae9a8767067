using System.Security.Cryptography;

namespace Fleet.Cli;

/// <summary>Reads publisher keys from PEM files.</summary>
internal static class PublisherKeys
{
    /// <summary>A key that can sign.</summary>
    public static ECDsa Private(string file)
    {
        var key = Read(file);
        try
        {
            _ = key.ExportParameters(includePrivateParameters: true).D ?? throw new CryptographicException("it has no private half");
            return key;
        }
        catch (CryptographicException)
        {
            key.Dispose();
            throw CliException.Usage($"'{file}' holds a public key, which can't sign", "give the private key that 'fleet key new' made");
        }
    }

    /// <summary>A key to verify with; from a private key's file as well.</summary>
    public static ECDsa Public(string file) => Read(file);

    private static ECDsa Read(string file)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(File.ReadAllText(file));
            if (key.KeySize != 256) throw new CryptographicException($"it has {key.KeySize} bits");
            return key;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            key.Dispose();
            // The message must not quote the file: it may hold a private key.
            throw CliException.Usage($"'{file}' holds no ECDSA P-256 key in PEM form", "make one with 'fleet key new'");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            key.Dispose();
            throw CliException.File(file, e);
        }
    }
}
