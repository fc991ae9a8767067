using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Fleet.Gateway.Access;

/// <summary>Fleet's own certificate authority: issues the engine's and the devices' certificates. Its key leaves the data directory in a backup alone.</summary>
internal sealed class Authority : IDisposable
{
    /// <summary>
    /// How long a device certificate is valid. It is renewed when a third is left: an engine may be away for ten days until
    /// devices must be enrolled again. Enrolling a resource again ends those that it had before.
    /// </summary>
    public static readonly TimeSpan DeviceLife = TimeSpan.FromDays(30);

    private const string ServerUse = "1.3.6.1.5.5.7.3.1";
    private const string ClientUse = "1.3.6.1.5.5.7.3.2";
    private const string Curve = "1.2.840.10045.3.1.7";
    private static readonly TimeSpan ServerLife = TimeSpan.FromDays(90);

    // Clocks of others may be behind ours.
    private static readonly TimeSpan Backdated = TimeSpan.FromDays(1);

    private readonly ECDsa key;
    private readonly TimeProvider time;

    public Authority(ECDsa key, X509Certificate2 certificate, TimeProvider time)
    {
        (this.key, this.time, Certificate) = (key, time, certificate);
        Fingerprint = SHA256.HashData(certificate.RawData);
    }

    /// <summary>Its own certificate, without the key.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>SHA-256 of the certificate, DER.</summary>
    public byte[] Fingerprint { get; }

    /// <summary>A certificate for the engine itself, with a new key.</summary>
    public X509Certificate2 IssueServer(IEnumerable<string> hostNames)
    {
        using var serverKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(Name("Fleet engine"), serverKey, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        foreach (var name in hostNames)
        {
            if (IPAddress.TryParse(name, out var address)) names.AddIpAddress(address);
            else names.AddDnsName(name);
        }

        request.CertificateExtensions.Add(names.Build());
        using var issued = Issue(request, ServerUse, ServerLife);
        return issued.CopyWithPrivateKey(serverKey);
    }

    /// <summary>A certificate that makes the holder of this key the resource.</summary>
    public X509Certificate2 IssueDevice(string resource, PublicKey deviceKey) =>
        Issue(new CertificateRequest(Name(resource), deviceKey, HashAlgorithmName.SHA256), ClientUse, DeviceLife);

    /// <summary>The key of a certificate request that is signed by it, if it is on the one curve that Fleet uses; otherwise null.</summary>
    public static PublicKey? KeyOf(byte[] certificateRequest)
    {
        try
        {
            var request = CertificateRequest.LoadSigningRequest(certificateRequest, HashAlgorithmName.SHA256);
            using var key = request.PublicKey.GetECDsaPublicKey();
            return key?.ExportParameters(false).Curve.Oid.Value == Curve ? request.PublicKey : null;
        }
        catch (Exception e) when (e is CryptographicException or AsnContentException)
        {
            return null;
        }
    }

    /// <summary>Judges a client certificate: issued here, for clients, valid now. A new one for each handshake.</summary>
    public X509ChainPolicy DevicePolicy() => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        CustomTrustStore = { Certificate },
        RevocationMode = X509RevocationMode.NoCheck,
        DisableCertificateDownloads = true,
        ApplicationPolicy = { new Oid(ClientUse) },
        VerificationTime = time.GetUtcNow().UtcDateTime,
    };

    /// <summary>A key for one purpose, the same in every process that has this authority.</summary>
    public byte[] DeriveKey(string purpose) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, key.ExportECPrivateKey(), 32, info: System.Text.Encoding.UTF8.GetBytes(purpose));

    public void Dispose()
    {
        Certificate.Dispose();
        key.Dispose();
    }

    private X509Certificate2 Issue(CertificateRequest request, string use, TimeSpan life)
    {
        var now = time.GetUtcNow();
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(use)], critical: true));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(Certificate, true, false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] &= 0x7f;
        var from = new[] { now - Backdated, Certificate.NotBefore }.Max();
        return request.Create(Certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(key), from, now + life, serial);
    }

    private static X500DistinguishedName Name(string commonName)
    {
        var name = new X500DistinguishedNameBuilder();
        name.AddCommonName(commonName);
        return name.Build();
    }
}
