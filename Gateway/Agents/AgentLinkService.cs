using Fleet.Gateway.Access;
using Fleet.Gateway.Telemetry;
using Fleet.Resources;
using Microsoft.Extensions.Hosting;

namespace Fleet.Gateway.Agents;

/// <summary>The agents' end of the contract: one stream for each, and new certificates for those that are about to end.</summary>
internal sealed class AgentLinkService(
    IGrainFactory grains, AgentStreams streams, Certificates certificates, TimeProvider time, GatewayMeter meter, IHostApplicationLifetime host)
    : Wire.AgentLink.AgentLinkBase
{
    private static readonly TimeSpan HelloWithin = TimeSpan.FromSeconds(10);
    private static readonly Refusal NoHello = new(StatusCode.InvalidArgument, "HELLO_EXPECTED", "the first message must be a hello");

    public override async Task Connect(IAsyncStreamReader<Wire.AgentMessage> requestStream, IServerStreamWriter<Wire.EngineMessage> responseStream, ServerCallContext context)
    {
        var certificate = context.GetHttpContext().Connection.ClientCertificate;
        var resource = ResourceOf(context);
        var fingerprint = Certificates.FingerprintOf(certificate!);
        if (!await grains.Resource(new ResourceId(resource)).Recognizes(fingerprint)) throw Certificates.Superseded.ToException();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, host.ApplicationStopping);
        var hello = await Hello(requestStream, end.Token);
        using var stream = new AgentStream(resource, new AgentSession
        {
            Session = Guid.CreateVersion7(time.GetUtcNow()).ToString("n"),
            BootId = hello.BootId,
            AgentVersion = hello.AgentVersion,
            Certificate = fingerprint,
            OperatingSystem = hello.OperatingSystem is { } os ? Facts.Bytes(os, "hello.operatingSystem") : [],
        }, grains, time, meter);
        streams.Add(stream);
        try
        {
            await stream.Run(requestStream, responseStream, Reporting.Interval, end.Token);
        }
        catch (Exception e) when (end.IsCancellationRequested && e is OperationCanceledException or IOException)
        {
            // The agent is gone, or the engine stops and the connections with it.
        }
        finally
        {
            streams.Remove(stream);
            await stream.Finish();
        }
    }

    public override Task<Wire.EnrolResponse> Renew(Wire.RenewRequest request, ServerCallContext context) => certificates.Issue(
        ResourceOf(context), Certificates.KeyOf(request.CertificateRequest), Certificates.FingerprintOf(context.GetHttpContext().Connection.ClientCertificate!));

    private async Task<Wire.Hello> Hello(IAsyncStreamReader<Wire.AgentMessage> up, CancellationToken cancel)
    {
        using var late = new CancellationTokenSource(HelloWithin, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, late.Token);
        try
        {
            if (await up.MoveNext(either.Token) && up.Current.BodyCase == Wire.AgentMessage.BodyOneofCase.Hello) return up.Current.Hello;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            // Silence is no hello.
        }

        throw NoHello.ToException();
    }

    private static string ResourceOf(ServerCallContext context) => context.GetHttpContext().User.Identity?.Name
        ?? throw new InvalidOperationException("the agents' door let somebody in without a certificate");
}
