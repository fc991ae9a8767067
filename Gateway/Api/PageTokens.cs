using System.Buffers.Binary;
using System.Buffers.Text;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Fleet.Gateway.Access;

namespace Fleet.Gateway.Api;

/// <summary>
/// Page tokens: how far a listing came in each shard. They are signed, together with what was listed, so that nobody makes
/// one up or goes on with another listing.
/// </summary>
internal sealed class PageTokens(Authority authority)
{
    private const int TagLength = 16;
    private readonly byte[] key = authority.DeriveKey("fleet page tokens");

    /// <summary>A token that goes on after these positions.</summary>
    public string Write(string listing, ImmutableArray<long> positions)
    {
        var bytes = new byte[(positions.Length * sizeof(long)) + TagLength];
        for (var i = 0; i < positions.Length; i++) BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(i * sizeof(long)), positions[i]);
        Tag(listing, bytes.AsSpan(..^TagLength)).CopyTo(bytes.AsSpan(^TagLength..));
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>The positions in a token; null when it wasn't made here for this listing.</summary>
    public ImmutableArray<long>? Read(string listing, int count, string token)
    {
        var bytes = new byte[(count * sizeof(long)) + TagLength];
        if (!Base64Url.IsValid(token, out var length) || length != bytes.Length || !Base64Url.TryDecodeFromChars(token, bytes, out _)) return null;
        return CryptographicOperations.FixedTimeEquals(Tag(listing, bytes.AsSpan(..^TagLength)), bytes.AsSpan(^TagLength..))
            ? [.. Enumerable.Range(0, count).Select(i => BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan(i * sizeof(long))))]
            : null;
    }

    private byte[] Tag(string listing, ReadOnlySpan<byte> positions) =>
        HMACSHA256.HashData(key, (byte[])[.. positions, .. Encoding.UTF8.GetBytes(listing)])[..TagLength];
}
