using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Fleet.Agent.Identity;

/// <summary>A request for a certificate that was not answered yet, and the key that it is for.</summary>
internal sealed record PendingRequest(ECDsa Key, ReadOnlyMemory<byte> Request) : IDisposable
{
    private const string Label = "CERTIFICATE REQUEST";

    /// <summary>A new key, and a PKCS#10 request in the resource's name.</summary>
    public static PendingRequest Make(string resource)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new(key, new CertificateRequest(NameOf(resource), key, HashAlgorithmName.SHA256).CreateSigningRequest());
    }

    /// <summary>Reads what <see cref="ToPem"/> wrote; null when it is damaged or of another resource. It was never certified, so nothing is lost with it.</summary>
    public static PendingRequest? Read(string pem, string resource)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
            var request = CertificateRequest.LoadSigningRequestPem(pem, HashAlgorithmName.SHA256);
            if (request.SubjectName.Name == NameOf(resource) && request.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo()))
                return new(key, Decode(pem));
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            // Damaged: make another.
        }

        key.Dispose();
        return null;
    }

    /// <summary>Key and request as text.</summary>
    public string ToPem() => $"{Key.ExportECPrivateKeyPem()}\n{new string(PemEncoding.Write(Label, Request.Span))}\n";

    public void Dispose() => Key.Dispose();

    private static string NameOf(string resource) => $"CN={resource}";

    private static byte[] Decode(string pem)
    {
        var rest = pem.AsSpan();
        while (true)
        {
            var fields = PemEncoding.Find(rest);
            if (rest[fields.Label].SequenceEqual(Label)) return Convert.FromBase64String(rest[fields.Base64Data].ToString());
            rest = rest[fields.Location.End..];
        }
    }
}
