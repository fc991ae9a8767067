using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Fleet.Protocol.V1;
using Google.Protobuf;
using Grpc.Core;

namespace Fleet.Agent.Identity;

/// <summary>What came of asking for a certificate: an identity, or why there is none.</summary>
internal sealed record Certified(DeviceIdentity? Identity, string Problem)
{
    public static implicit operator Certified(string problem) => new(null, problem);
}

/// <summary>Gets the device's first certificate for a token, and later ones for the present one.</summary>
internal sealed class Certification(IdentityStore store, TimeProvider time)
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(20);

    /// <summary>Enrols: learns the authority, checks it against the token, and only then shows the token.</summary>
    public async Task<Certified> Enrol(string engine, EnrolmentToken token, CancellationToken cancel)
    {
        var (authority, problem) = await Authority(engine, token, cancel);
        if (authority is null) return problem;

        using var channel = new EngineChannel(engine, new EngineTrust(authority, Validity.Of(authority), time).Refuse, own: null);
        using var pending = store.Pending(token.Resource);
        var request = new EnrolRequest { Token = token.Text, CertificateRequest = ByteString.CopyFrom(pending.Request.Span) };
        var (response, refusal) = await Ask(channel, limit => new Enrolment.EnrolmentClient(channel.Grpc).EnrolAsync(request, limit), cancel);
        return response is null ? refusal : Keep(response, token.Resource, pending.Key, authority);
    }

    /// <summary>Exchanges a certificate that is about to end for a new one with a new key.</summary>
    public async Task<Certified> Renew(EngineChannel channel, DeviceIdentity present, CancellationToken cancel)
    {
        using var pending = store.Pending(present.Resource);
        var request = new RenewRequest { CertificateRequest = ByteString.CopyFrom(pending.Request.Span) };
        var (response, refusal) = await Ask(channel, limit => new AgentLink.AgentLinkClient(channel.Grpc).RenewAsync(request, limit), cancel);
        return response is null ? refusal : Keep(response, present.Resource, pending.Key, present.Authority);
    }

    // The connection can't be checked yet, so nothing is said on it that others may not know.
    private async Task<(X509Certificate2? Authority, string Problem)> Authority(string engine, EnrolmentToken token, CancellationToken cancel)
    {
        using var channel = new EngineChannel(engine, _ => null, own: null);
        var (response, refusal) = await Ask(
            channel, limit => new Enrolment.EnrolmentClient(channel.Grpc).AuthorityAsync(new AuthorityRequest(), limit), cancel);
        if (response is null) return (null, refusal);
        try
        {
            var authority = X509CertificateLoader.LoadCertificate(response.Authority.Span);
            return token.Means(authority)
                ? (authority, "")
                : (null, $"the server at {engine} belongs to another authority than the token: wrong address, or somebody in between; the token was not shown to it");
        }
        catch (CryptographicException)
        {
            return (null, $"the server at {engine} gave no readable authority certificate");
        }
    }

    private async Task<(T? Response, string Problem)> Ask<T>(EngineChannel channel, Func<CallOptions, AsyncUnaryCall<T>> call, CancellationToken cancel)
        where T : class
    {
        using var limit = new CancellationTokenSource(AnswerLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancel);
        try
        {
            return (await call(new CallOptions(cancellationToken: either.Token)), "");
        }
        catch (RpcException e)
        {
            cancel.ThrowIfCancellationRequested();
            if (limit.IsCancellationRequested) return (null, $"no answer within {AnswerLimit.TotalSeconds:0} s");
            return (null, e.Status.DebugException is { } cause ? channel.Explain(cause) : $"the engine refused: {e.Status.Detail} ({e.StatusCode})");
        }
    }

    private Certified Keep(EnrolResponse response, string resource, ECDsa key, X509Certificate2 authority)
    {
        X509Certificate2 certificate;
        try { certificate = X509CertificateLoader.LoadCertificate(response.Certificate.Span); }
        catch (CryptographicException) { return "the engine gave no readable certificate"; }

        using var certified = certificate.GetECDsaPublicKey();
        if (certified is null || !certified.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo()))
            return "the engine certified another key than the device's";
        if (certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false) is var name && name != resource)
            return $"the engine certified '{name}', not '{resource}'";
        if (new EngineTrust(authority, Validity.Of(certificate), time).RefuseDevice(certificate) is { } refusal) return refusal;

        var identity = new DeviceIdentity(resource, certificate.CopyWithPrivateKey(key), authority);
        store.Save(identity);
        return new(identity, "");
    }
}
