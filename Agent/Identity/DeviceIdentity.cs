using System.Security.Cryptography.X509Certificates;

namespace Fleet.Agent.Identity;

/// <summary>Who the device is to the engine, and which authority it believes.</summary>
/// <param name="Resource">The device's name.</param>
/// <param name="Certificate">With the private key, which was made here and never leaves.</param>
/// <param name="Authority">Fleet's own certificate authority.</param>
internal sealed record DeviceIdentity(string Resource, X509Certificate2 Certificate, X509Certificate2 Authority)
{
    /// <summary>Whether a third of the certificate's life or less is left, by the engine's clock.</summary>
    public bool RenewalIsDue(DateTimeOffset engineNow)
    {
        var (from, until) = Validity.Of(Certificate);
        return until - engineNow <= (until - from) / 3;
    }
}

/// <summary>From when until when a certificate holds.</summary>
internal readonly record struct Validity(DateTimeOffset From, DateTimeOffset Until)
{
    public static Validity Of(X509Certificate2 certificate) => new(certificate.NotBefore.ToUniversalTime(), certificate.NotAfter.ToUniversalTime());

    /// <summary>Whether a time lies in it.</summary>
    public bool Holds(DateTimeOffset time) => From <= time && time <= Until;
}
