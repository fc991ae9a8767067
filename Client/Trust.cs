using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Fleet.Client;

/// <summary>Which engine is believed to be the engine.</summary>
internal static class Trust
{
    public static SslClientAuthenticationOptions Of(FleetClientOptions options)
    {
        var tls = new SslClientAuthenticationOptions { EnabledSslProtocols = SslProtocols.Tls13 };
        if (options.Authority is { } authority)
            tls.CertificateChainPolicy = Below(authority);
        else if (options.Fingerprint is { } fingerprint)
            tls.RemoteCertificateValidationCallback = (_, leaf, chain, errors) => Matches(Hash(fingerprint), leaf, chain, errors);
        return tls;
    }

    /// <summary>Reads 64 hexadecimal digits, with or without <c>sha256:</c> and colons.</summary>
    /// <exception cref="FormatException">It is anything else.</exception>
    public static byte[] Hash(string fingerprint)
    {
        var hex = fingerprint.StartsWith("sha256:", StringComparison.OrdinalIgnoreCase) ? fingerprint["sha256:".Length..] : fingerprint;
        var hash = Convert.FromHexString(hex.Replace(":", "", StringComparison.Ordinal));
        return hash.Length == SHA256.HashSizeInBytes
            ? hash
            : throw new FormatException($"'{fingerprint}' is no fingerprint: expected the 64 hexadecimal digits of a SHA-256");
    }

    private static bool Matches(byte[] hash, X509Certificate? presented, X509Chain? chain, SslPolicyErrors errors)
    {
        // The name must fit, whoever signed it.
        if ((errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != 0 || presented is not X509Certificate2 leaf || chain is null) return false;
        if (Fits(leaf, hash)) return true;
        var anchor = chain.ChainPolicy.ExtraStore.FirstOrDefault(c => Fits(c, hash));
        if (anchor is null) return false;

        using var below = new X509Chain { ChainPolicy = Below(anchor) };
        below.ChainPolicy.ExtraStore.AddRange(chain.ChainPolicy.ExtraStore);
        // An intermediate may be the anchor, so an unknown root above it is no fault.
        below.ChainPolicy.VerificationFlags = X509VerificationFlags.AllowUnknownCertificateAuthority;
        return below.Build(leaf) && below.ChainElements.Any(e => Fits(e.Certificate, hash));
    }

    private static bool Fits(X509Certificate2 certificate, byte[] hash) => SHA256.HashData(certificate.RawData).AsSpan().SequenceEqual(hash);

    private static X509ChainPolicy Below(X509Certificate2 authority) => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        CustomTrustStore = { authority },
        // The engine's certificates are short-lived instead.
        RevocationMode = X509RevocationMode.NoCheck,
    };
}
