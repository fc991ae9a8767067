using System.Collections.Concurrent;
using System.Net;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Fleet.Silo.Telemetry;

/// <summary>A collector that hears OTLP over HTTP and keeps the spans that it is told.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly WebApplication app;
    private readonly ConcurrentQueue<Span> spans = new();
    private readonly SemaphoreSlim heard = new(0);

    private OtlpReceiver(WebApplication app) => this.app = app;

    public string Url => app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    /// <summary>How often figures came.</summary>
    public int Metrics { get; private set; }

    public static async Task<OtlpReceiver> Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var receiver = new OtlpReceiver(builder.Build());
        receiver.app.MapPost("/v1/traces", receiver.Traces);
        receiver.app.MapPost("/v1/metrics", () =>
        {
            receiver.Metrics++;
            return Results.Ok();
        });
        await receiver.app.StartAsync();
        return receiver;
    }

    /// <summary>The spans of a trace, as soon as it is told so many as expected.</summary>
    public async Task<IReadOnlyList<Span>> Trace(string id, Func<IReadOnlyList<Span>, bool> complete)
    {
        using var late = new CancellationTokenSource(Patience);
        while (true)
        {
            Span[] found = [.. spans.Where(span => span.Trace == id)];
            if (complete(found)) return found;
            try
            {
                await heard.WaitAsync(late.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"the trace has only {string.Join(", ", found.Select(span => span.Name))}");
            }
        }
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task<IResult> Traces(HttpRequest request)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body);
        foreach (var resource in Fields(body.ToArray()).Where(f => f.Number == 1))
            foreach (var scope in Fields(resource.Bytes).Where(f => f.Number == 2))
                foreach (var span in Fields(scope.Bytes).Where(f => f.Number == 2)) spans.Enqueue(Span.Read(span.Bytes));
        heard.Release();
        return Results.Ok();
    }

    /// <summary>The fields of a message of which only the numbers are known: opentelemetry/proto/trace/v1/trace.proto.</summary>
    internal static IEnumerable<(int Number, byte[] Bytes, ulong Value)> Fields(byte[] message)
    {
        var input = new CodedInputStream(message);
        while (input.ReadTag() is not 0 and var tag)
        {
            switch (WireFormat.GetTagWireType(tag))
            {
                case WireFormat.WireType.LengthDelimited: yield return (WireFormat.GetTagFieldNumber(tag), input.ReadBytes().ToByteArray(), 0); break;
                case WireFormat.WireType.Fixed64: yield return (WireFormat.GetTagFieldNumber(tag), [], input.ReadFixed64()); break;
                case WireFormat.WireType.Varint: yield return (WireFormat.GetTagFieldNumber(tag), [], input.ReadUInt64()); break;
                default: input.SkipLastField(); break;
            }
        }
    }
}
