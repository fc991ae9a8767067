using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;

namespace Fleet.Images;

/// <summary>Whose patches are believed.</summary>
public sealed class PublisherOptions
{
    /// <summary>Public keys of publishers, PEM (SubjectPublicKeyInfo, ECDSA P-256). Default: none, so that no patch is believed.</summary>
    public IList<string> Keys { get; set; } = [];
}

/// <summary>Verifies what publishers signed, with their public keys; the engine never has a private one.</summary>
internal sealed class Publishers(IOptions<PublisherOptions> options)
{
    /// <summary>A rollout asks for the same envelope once for each of its targets. More patches than these at once are verified again.</summary>
    private const int MostBelieved = 256;

    private readonly ConcurrentDictionary<string, VerifiedPatch> believed = new(StringComparer.Ordinal);

    /// <summary>The patch in an envelope and who signed it, or why it is not believed; <paramref name="now"/> decides the expiry.</summary>
    public VerifiedPatch Verify(ImmutableArray<byte> envelope, DateTimeOffset now)
    {
        var digest = Convert.ToHexStringLower(SHA256.HashData(envelope.AsSpan()));
        if (believed.TryGetValue(digest, out var known) && now < known.Patch!.Expires) return known;

        // Keys are made for each use: it is rare, and a key object serves one thread at a time.
        var keys = options.Value.Keys.Select(Read).ToArray();
        try
        {
            var verified = SignedPatch.Verify(envelope.AsSpan(), keys, now);
            if (believed.Count >= MostBelieved) believed.Clear();
            return verified.Patch is null ? verified : believed[digest] = verified;
        }
        finally
        {
            foreach (var key in keys) key.Dispose();
        }
    }

    /// <summary>Why a key can't be used; empty when it can.</summary>
    public static string Fault(string pem)
    {
        try
        {
            using var key = Read(pem);
            return key.KeySize == 256 ? "" : $"a publisher key has {key.KeySize} bits: expected ECDSA P-256";
        }
        catch (Exception error) when (error is ArgumentException or CryptographicException)
        {
            return $"a publisher key can't be read: {error.Message}";
        }
    }

    private static ECDsa Read(string pem)
    {
        var key = ECDsa.Create();
        key.ImportFromPem(pem);
        return key;
    }
}
