using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Fleet.Agent.Identity;

/// <summary>
/// Decides whether who answers is the engine: its certificate must be issued by Fleet's own authority, which the device
/// pinned when it enrolled, for servers. The system's authorities and the server's name don't count.
/// </summary>
/// <remarks>
/// The device's clock may be wrong. It is believed while it lies within <paramref name="believable"/>: the validity of the
/// device's own certificate, or of the authority's before there is one. Outside of it either the clock is wrong or the
/// device's certificate is useless; then dates are not judged here, and the engine, whose clock decides, judges the device's
/// certificate. So a device whose battery is dead still finds its engine, and nobody enrols in a loop. What a date
/// protects against, an old engine key in wrong hands, then rests on the publishers' signatures alone: patches carry those.
/// </remarks>
internal sealed class EngineTrust(X509Certificate2 authority, Validity believable, TimeProvider time)
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    /// <summary>Whom a device that has an identity trusts.</summary>
    public static EngineTrust Of(DeviceIdentity identity, TimeProvider time) => new(identity.Authority, Validity.Of(identity.Certificate), time);

    /// <summary>Null when the certificate is the engine's; else why it isn't, in a sentence.</summary>
    public string? Refuse(X509Certificate? presented) => Refuse(presented, ServerAuthentication);

    /// <summary>Null when the certificate is a device's, issued by the authority.</summary>
    public string? RefuseDevice(X509Certificate2 certificate) => Refuse(certificate, ClientAuthentication);

    private string? Refuse(X509Certificate? presented, string purpose)
    {
        if (presented is not X509Certificate2 certificate) return "no certificate was presented";
        // A certificate without a list of purposes is good for all of them; Fleet's authority never issues such.
        if (!certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().Any(use => Contains(use, purpose)))
            return $"certificate '{certificate.Subject}' isn't for {(purpose == ServerAuthentication ? "servers" : "devices")}";

        var now = time.GetUtcNow();
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(purpose));
        chain.ChainPolicy.VerificationTime = now.UtcDateTime;
        if (!believable.Holds(now)) chain.ChainPolicy.VerificationFlags |= X509VerificationFlags.IgnoreNotTimeValid;
        if (chain.Build(certificate)) return null;

        var problems = chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, one) => all | one.Status);
        return problems == X509ChainStatusFlags.NotTimeValid
            ? $"certificate '{certificate.Subject}' isn't valid at {now:u} by this device's clock: is the clock right?"
            : $"certificate '{certificate.Subject}' was not issued by this fleet's authority ({problems})";
    }

    private static bool Contains(X509EnhancedKeyUsageExtension use, string purpose)
    {
        foreach (var oid in use.EnhancedKeyUsages)
            if (oid.Value == purpose) return true;
        return false;
    }
}
