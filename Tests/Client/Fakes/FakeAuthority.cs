using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Fleet.Fakes;

/// <summary>An authority, and the certificate of an engine on this machine below it.</summary>
internal sealed class FakeAuthority : IDisposable
{
    // Wide enough for whatever day it is: TLS looks at the wall clock.
    private static readonly DateTimeOffset From = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Until = new(2120, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDsa _engineKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public FakeAuthority()
    {
        var authority = new CertificateRequest("CN=fake authority", _key, HashAlgorithmName.SHA256);
        authority.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        Certificate = authority.CreateSelfSigned(From, Until);

        var engine = new CertificateRequest("CN=fake engine", _engineKey, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        engine.CertificateExtensions.Add(names.Build());
        using var signed = engine.Create(Certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(_key), From, Until, [1]);
        Engine = signed.CopyWithPrivateKey(_engineKey);
    }

    public X509Certificate2 Certificate { get; }

    public X509Certificate2 Engine { get; }

    public string Fingerprint => Convert.ToHexStringLower(SHA256.HashData(Certificate.RawData));

    public void Dispose()
    {
        Certificate.Dispose();
        Engine.Dispose();
        _key.Dispose();
        _engineKey.Dispose();
    }
}
