using System.Buffers.Text;
using System.Security.Cryptography;

namespace Fleet.Gateway.Access;

/// <summary>
/// A one-time permission to enrol as a resource: <c>resource.secret.fingerprint</c>. The fingerprint tells the device which
/// authority to believe; the secret is kept nowhere, only its hash.
/// </summary>
/// <param name="Resource">Who enrols with it; it may contain '.'.</param>
/// <param name="Secret">32 random bytes.</param>
/// <param name="Fingerprint">SHA-256 of the authority's certificate, DER.</param>
internal sealed record EnrolmentToken(string Resource, byte[] Secret, byte[] Fingerprint)
{
    private const int SecretLength = 32;

    /// <summary>The key of the token's grain.</summary>
    public string SecretHash => Convert.ToHexStringLower(SHA256.HashData(Secret));

    /// <summary>A new token.</summary>
    public static EnrolmentToken Make(string resource, Authority authority) => new(resource, RandomNumberGenerator.GetBytes(SecretLength), authority.Fingerprint);

    /// <summary>Reads a token; null when it is none.</summary>
    public static EnrolmentToken? Read(string text)
    {
        var end = text.LastIndexOf('.');
        var middle = end > 0 ? text.LastIndexOf('.', end - 1) : -1;
        return middle > 0 && Bytes(text.AsSpan(middle + 1, end - middle - 1)) is { } secret && Bytes(text.AsSpan(end + 1)) is { } fingerprint
            ? new EnrolmentToken(text[..middle], secret, fingerprint)
            : null;
    }

    /// <summary>The text that is shown once.</summary>
    public override string ToString() => $"{Resource}.{Base64Url.EncodeToString(Secret)}.{Base64Url.EncodeToString(Fingerprint)}";

    private static byte[]? Bytes(ReadOnlySpan<char> text)
    {
        var bytes = new byte[SecretLength];
        return Base64Url.IsValid(text, out var length) && length == SecretLength && Base64Url.TryDecodeFromChars(text, bytes, out _) ? bytes : null;
    }
}
