using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Fleet.Gateway.Telemetry;
using Fleet.Images;
using Fleet.Resources;
using Google.Protobuf;

namespace Fleet.Gateway.Access;

/// <summary>Issues device certificates and tells the resource of them.</summary>
internal sealed class Certificates(Authority authority, IGrainFactory grains, GatewayMeter meter)
{
    /// <summary>Whoever shows a certificate that is no longer the resource's is told this.</summary>
    public static Refusal Superseded { get; } = new(StatusCode.Unauthenticated, "CERTIFICATE_SUPERSEDED",
        "this certificate was replaced: the device that enrolled or renewed last is the resource");

    /// <summary>Fits what the resource's certificate is told by.</summary>
    public static string FingerprintOf(X509Certificate2 certificate) => Convert.ToHexStringLower(SHA256.HashData(certificate.RawData));

    /// <summary>Whose certificate this is; it was issued by the authority, or the handshake had failed.</summary>
    public static string? ResourceOf(X509Certificate2? certificate) =>
        certificate?.GetNameInfo(X509NameType.SimpleName, forIssuer: false) is { } name && Names.IsName(name) ? name : null;

    /// <summary>The key of a request for a certificate.</summary>
    /// <exception cref="RpcException">It is no signed request with a key that Fleet takes.</exception>
    public static PublicKey KeyOf(ByteString certificateRequest) => Authority.KeyOf(certificateRequest.ToByteArray())
        ?? throw Refusal.Malformed(new FieldError("certificateRequest", "expected a PKCS#10 request, DER, signed by its own ECDSA P-256 key")).ToException();

    /// <summary>A certificate for the resource and this key.</summary>
    /// <param name="presented">Fingerprint of the certificate that it renews; null when a token allows it, which ends those before.</param>
    public async Task<Wire.EnrolResponse> Issue(string resource, PublicKey key, string? presented = null)
    {
        using var certificate = authority.IssueDevice(resource, key);
        var grain = grains.Resource(new ResourceId(resource));
        var (fingerprint, expires) = (FingerprintOf(certificate), certificate.NotAfter.ToUniversalTime());
        if (presented is null) await grain.Enrolled(fingerprint, expires);
        else if (!await grain.Renewed(presented, fingerprint, expires)) throw Superseded.ToException();
        meter.Certified();
        return new Wire.EnrolResponse
        {
            Resource = resource,
            Certificate = ByteString.CopyFrom(certificate.RawData),
            Authority = ByteString.CopyFrom(authority.Certificate.RawData),
        };
    }
}
