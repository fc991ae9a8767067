using System.Net.Security;
using System.Net.Sockets;
using Fleet.Agent.Delivery;
using Fleet.Images;

namespace Fleet.Agent.Runtimes.Overlay;

/// <summary>Asks a slot how it is, over its own address: traffic need not reach it yet.</summary>
internal sealed class Prober(SlotRuntime slots, TimeProvider time)
{
    // Every probe is a connection of its own: a kept one would speak to the past of a service that started anew.
    private static readonly HttpClient Client = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        PooledConnectionLifetime = TimeSpan.Zero,
        SslOptions = new SslClientAuthenticationOptions
        {
            // The probe is local to the device and sends no secret; the certificate is for the service's own clients.
#pragma warning disable CA5359
            RemoteCertificateValidationCallback = (_, _, _, _) => true,
#pragma warning restore CA5359
        },
    });

    public async Task<ProbeAnswer> Ask(SlotPlace place, CancellationToken cancel)
    {
        if (slots.Find(place) is null) return new ProbeAnswer(false, false, "the slot's init is not running");
        var probe = place.Slot.Stack.Service.Probe;
        using var timeout = new CancellationTokenSource(probe.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancel);
        try
        {
            return probe.Kind switch
            {
                ProbeKind.Http => await Http(place, probe, either.Token),
                ProbeKind.Tcp => await Tcp(place, probe, either.Token),
                _ => await Command(place, probe, either.Token),
            };
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return Bad($"no answer within {probe.Timeout.TotalSeconds:0.###} s");
        }
        catch (Exception e) when (e is HttpRequestException or SocketException or ToolException or IOException)
        {
            return Bad(e.InnerException is { } inner and not SocketException ? $"{e.Message} {inner.Message}" : e.Message);
        }
    }

    private static async Task<ProbeAnswer> Http(SlotPlace place, HealthProbe probe, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{(probe.Tls ? "https" : "http")}://{place.SlotAddress}:{PortOf(place, probe)}{probe.Path}");
        request.Headers.ConnectionClose = true;
        using var response = await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
        var status = (int)response.StatusCode;
        return status >= probe.StatusFrom && status <= probe.StatusTo ? new ProbeAnswer(true, true, "") : Bad($"answered with status {status}");
    }

    private static async Task<ProbeAnswer> Tcp(SlotPlace place, HealthProbe probe, CancellationToken cancel)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(place.SlotAddress, PortOf(place, probe), cancel);
        return new ProbeAnswer(true, true, "");
    }

    private async Task<ProbeAnswer> Command(SlotPlace place, HealthProbe probe, CancellationToken cancel)
    {
        var result = await slots.Exec(place, probe.Command, cancel);
        return result.ExitCode == 0 ? new ProbeAnswer(true, true, "") : Bad($"the probe's command ended with {result.ExitCode}: {result.Error.Trim()}");
    }

    private static int PortOf(SlotPlace place, HealthProbe probe) => place.Slot.Stack.Service.Ports.First(p => p.Name == probe.Port).Port;

    private static ProbeAnswer Bad(string detail) => new(false, true, detail);
}
