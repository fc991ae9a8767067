using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Fleet.Images;

namespace Fleet.Agent.Identity;

/// <summary>A one-time permission to enrol: <c>resource.secret.fingerprint</c>. The fingerprint says which authority to believe.</summary>
/// <param name="Text">The token as it was given, which is what the engine wants to see.</param>
/// <param name="Resource">The name that the device will have; it may contain '.'.</param>
/// <param name="Fingerprint">SHA-256 of the authority's certificate, DER.</param>
internal sealed record EnrolmentToken(string Text, string Resource, ReadOnlyMemory<byte> Fingerprint)
{
    /// <summary>Reads a token; null with a reason when it isn't one. The reason never contains the secret.</summary>
    public static EnrolmentToken? Parse(string? text, out string problem)
    {
        // Split from the right: only the name may contain the separator.
        var trimmed = text?.Trim() ?? "";
        var end = trimmed.LastIndexOf('.');
        var middle = end > 0 ? trimmed.LastIndexOf('.', end - 1) : -1;
        problem = "expected <resource>.<secret>.<fingerprint>, as printed when the token was made";
        if (middle <= 0 || middle + 1 == end) return null;

        var resource = trimmed[..middle];
        if (!Names.IsName(resource))
        {
            problem = $"the token's resource '{resource}' is no name: {Names.NameRule}";
            return null;
        }

        problem = "the token's last part is no SHA-256 in base64url: was it copied whole?";
        if (!TryDecode(trimmed[(end + 1)..], out var fingerprint)) return null;
        problem = "";
        return new(trimmed, resource, fingerprint);
    }

    /// <summary>Whether this is the authority that the token speaks of.</summary>
    public bool Means(X509Certificate2 authority) =>
        CryptographicOperations.FixedTimeEquals(SHA256.HashData(authority.RawDataMemory.Span), Fingerprint.Span);

    private static bool TryDecode(string text, out byte[] bytes)
    {
        bytes = [];
        if (!Base64Url.IsValid(text)) return false;
        bytes = Base64Url.DecodeFromChars(text);
        return bytes.Length == SHA256.HashSizeInBytes;
    }
}
