using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Fleet.Client;

/// <summary>Which engine is believed to be the engine.</summary>
internal static class Trust
{
    /// <summary>TLS 1.3, and a certificate that leads to this authority alone, or, without one, to the system's store.</summary>
    public static SslClientAuthenticationOptions Below(X509Certificate2? authority)
    {
        var tls = new SslClientAuthenticationOptions { EnabledSslProtocols = SslProtocols.Tls13 };
        if (authority is not null)
        {
            tls.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                CustomTrustStore = { authority },
                // The engine's certificates are short-lived instead.
                RevocationMode = X509RevocationMode.NoCheck,
                DisableCertificateDownloads = true,
            };
        }
        return tls;
    }
}
