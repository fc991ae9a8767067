using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Fleet.Gateway.Access;

/// <summary>An operator's key as its holder has it: <c>fleet_id_secret</c>. The engine keeps only the secret's hash.</summary>
internal sealed record KeySecret(string Id, string Secret)
{
    private const string Prefix = "fleet_";

    /// <summary>SHA-256 of the secret, hexadecimal.</summary>
    public string Hash => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Secret)));

    /// <summary>A new key with 256 random bits.</summary>
    public static KeySecret Make(string id) => new(id, Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32)));

    /// <summary>Reads a key; null when it is none.</summary>
    public static KeySecret? Read(string text)
    {
        if (!text.StartsWith(Prefix, StringComparison.Ordinal)) return null;
        var end = text.IndexOf('_', Prefix.Length);
        return end > Prefix.Length && end <= Prefix.Length + 64 && text.Length > end + 1 && text.Length <= 256
            ? new KeySecret(text[Prefix.Length..end], text[(end + 1)..])
            : null;
    }

    /// <summary>Whether the kept hash is of this secret; takes the same time whatever the answer.</summary>
    public bool Fits(string hash) => CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Hash), Encoding.ASCII.GetBytes(hash));

    public override string ToString() => $"{Prefix}{Id}_{Secret}";
}
