using System.Net;
using System.Net.Security;

namespace Fleet.Gateway.Access;

/// <summary>The engine's own certificate, issued at start and again when a third of its life is left.</summary>
internal sealed class ServerCertificate(Authority authority, GatewayOptions options, TimeProvider time)
{
    private readonly Lock oneAtATime = new();
    private volatile SslStreamCertificateContext? current;
    private DateTimeOffset renewAt;

    /// <summary>The certificate for one handshake.</summary>
    public SslStreamCertificateContext Current()
    {
        if (current is { } now && time.GetUtcNow() < renewAt) return now;
        lock (oneAtATime)
        {
            if (current is { } other && time.GetUtcNow() < renewAt) return other;
            var issued = authority.IssueServer(Names());
            var life = issued.NotAfter.ToUniversalTime() - time.GetUtcNow();
            renewAt = time.GetUtcNow() + (life * 2 / 3);
            // The one before may still be in a handshake: the collector takes it.
            return current = SslStreamCertificateContext.Create(issued, additionalCertificates: null, offline: true);
        }
    }

    private IEnumerable<string> Names() => options.HostNames
        .Concat([Dns.GetHostName(), "localhost", "127.0.0.1", "::1"])
        .Concat(IPAddress.Any.Equals(options.Listen) || IPAddress.IPv6Any.Equals(options.Listen) ? [] : [options.Listen.ToString()])
        .Distinct(StringComparer.OrdinalIgnoreCase);
}
