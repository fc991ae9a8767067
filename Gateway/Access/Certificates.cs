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
    public async Task<Wire.EnrolResponse> Issue(string resource, PublicKey key)
    {
        using var certificate = authority.IssueDevice(resource, key);
        await grains.Resource(new ResourceId(resource)).Enrolled(FingerprintOf(certificate), certificate.NotAfter.ToUniversalTime());
        meter.Certified();
        return new Wire.EnrolResponse
        {
            Resource = resource,
            Certificate = ByteString.CopyFrom(certificate.RawData),
            Authority = ByteString.CopyFrom(authority.Certificate.RawData),
        };
    }
}
