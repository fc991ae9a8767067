using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Fleet.Gateway.Access;

namespace Fleet.Gateway.Api;

/// <summary>
/// Page tokens: how far a listing came. They are signed, together with what was listed and by which filter, so that nobody
/// makes one up or goes on with another listing. They outlive a restart.
/// </summary>
internal sealed class PageTokens(Authority authority)
{
    private const int TagLength = 16;
    private const int Longest = 1024;
    private readonly byte[] key = authority.DeriveKey("fleet page tokens");

    /// <summary>A token that goes on after this place.</summary>
    public string Write(string listing, string after)
    {
        var place = Encoding.UTF8.GetBytes(after);
        return Base64Url.EncodeToString((byte[])[.. Tag(listing, place), .. place]);
    }

    /// <summary>The place in a token; null when it wasn't made here for this listing.</summary>
    public string? Read(string listing, string token)
    {
        if (token.Length > Longest || !Base64Url.IsValid(token, out var length) || length < TagLength) return null;
        var bytes = Base64Url.DecodeFromChars(token).AsSpan();
        return CryptographicOperations.FixedTimeEquals(Tag(listing, bytes[TagLength..]), bytes[..TagLength])
            ? Encoding.UTF8.GetString(bytes[TagLength..])
            : null;
    }

    // Its length before the listing: no listing and place together look like two others.
    private byte[] Tag(string listing, ReadOnlySpan<byte> place)
    {
        var name = Encoding.UTF8.GetBytes(listing);
        return HMACSHA256.HashData(key, (byte[])[.. BitConverter.GetBytes(name.Length), .. name, .. place])[..TagLength];
    }
}
