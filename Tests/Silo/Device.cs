using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Fleet.Protocol.V1;
using Google.Protobuf;
using Grpc.Net.Client;

namespace Fleet.Silo;

/// <summary>A device as far as its certificate goes.</summary>
internal sealed class Device(X509Certificate2 certificate)
{
    public static async Task<Device> Enrol(EngineProcess engine, string data, string token)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var channel = GrpcChannel.ForAddress($"https://localhost:{engine.EnrolmentPort}", new GrpcChannelOptions { HttpHandler = Trusting(data), DisposeHttpClient = true });
        var answer = await new Enrolment.EnrolmentClient(channel).EnrolAsync(new EnrolRequest
        {
            Token = token,
            CertificateRequest = ByteString.CopyFrom(new CertificateRequest("CN=device", key, HashAlgorithmName.SHA256).CreateSigningRequest()),
        });
        using var issued = X509CertificateLoader.LoadCertificate(answer.Certificate.Span);
        return new Device(issued.CopyWithPrivateKey(key));
    }

    /// <summary>A client of the agents' door.</summary>
    public HttpClient Http(EngineProcess engine, string data)
    {
        var handler = Trusting(data);
        handler.SslOptions.ClientCertificates = [certificate];
        return new HttpClient(handler) { BaseAddress = new Uri($"https://localhost:{engine.AgentsPort}"), DefaultRequestVersion = HttpVersion.Version20 };
    }

    private static SocketsHttpHandler Trusting(string data)
    {
        var handler = new SocketsHttpHandler();
        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            CustomTrustStore = { X509Certificate2.CreateFromPem(File.ReadAllText(Path.Combine(data, "authority.crt"))) },
            RevocationMode = X509RevocationMode.NoCheck,
        };
        return handler;
    }
}
