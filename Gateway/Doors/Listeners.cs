using System.Security.Authentication;
using Fleet.Gateway.Access;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Options;

namespace Fleet.Gateway.Doors;

/// <summary>Opens the three ports: TLS 1.3 at each, and at the agents' door a client certificate of Fleet's own authority.</summary>
internal sealed class Listeners(GatewayOptions options, Authority authority, ServerCertificate certificate) : IConfigureOptions<KestrelServerOptions>
{
    private const long BodyLimit = 1024 * 1024;

    // What a connection may send before it is read: the engine holds so much of an agent that it slows down, and of thousands.
    private const int ConnectionWindow = 256 * 1024;
    private const int StreamWindow = 128 * 1024;

    public void Configure(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = BodyLimit;
        // Slow clients hold a connection so long and no longer: headers, a request's body, and an answer that is not read.
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(240, TimeSpan.FromSeconds(5));
        kestrel.Limits.MinResponseDataRate = new MinDataRate(240, TimeSpan.FromSeconds(5));
        // Finds agents and watchers that are gone without a word.
        kestrel.Limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(30);
        kestrel.Limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(20);
        kestrel.Limits.Http2.InitialConnectionWindowSize = ConnectionWindow;
        kestrel.Limits.Http2.InitialStreamWindowSize = StreamWindow;
        Listen(kestrel, Door.Api, options.ApiPort);
        Listen(kestrel, Door.Agents, options.AgentsPort);
        Listen(kestrel, Door.Enrolment, options.EnrolmentPort);
    }

    private void Listen(KestrelServerOptions kestrel, Door door, int port)
    {
        // Falls back to IPv4 where there is no IPv6.
        if (options.Listen.Equals(System.Net.IPAddress.IPv6Any)) kestrel.ListenAnyIP(port, listen => Secure(listen, door));
        else kestrel.Listen(options.Listen, port, listen => Secure(listen, door));
    }

    private void Secure(ListenOptions listen, Door door)
    {
        var cameInBy = new CameInBy(door);
        listen.Protocols = HttpProtocols.Http1AndHttp2;
        listen.UseHttps(https =>
        {
            https.SslProtocols = SslProtocols.Tls13;
            https.HandshakeTimeout = TimeSpan.FromSeconds(10);
            if (door == Door.Agents) https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
            https.OnAuthenticate = (_, tls) =>
            {
                tls.ServerCertificateContext = certificate.Current();
                // A device's session would be resumed without looking at its certificate's dates again; and resumption makes
                // connections share a TLS context, which was seen to refuse every protocol (ALPN) to new ones under load.
                tls.AllowTlsResume = false;
                if (door == Door.Agents) tls.CertificateChainPolicy = authority.DevicePolicy();
            };
            // A certificate must be there to configure HTTPS at all; each handshake takes the current one.
            https.ServerCertificate = certificate.Current().TargetCertificate;
        });
        listen.Use(next => connection =>
        {
            connection.Features.Set(cameInBy);
            if (door == Door.Agents && connection.Features.Get<ISslStreamFeature>() is { } tls) IdleTls.GiveBackBuffers(tls.SslStream);
            return next(connection);
        });
    }
}
