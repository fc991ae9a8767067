using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Fleet.Gateway;

/// <summary>Clients that send too much, too slowly or nothing at all, or don't read: each is told, or let go, and holds up nobody.</summary>
public sealed class LargeAndSlowTests(TestGateway gateway) : IClassFixture<TestGateway>
{
    private const int Large = 10 << 20;

    [Fact]
    public async Task A_large_body_is_refused_before_it_is_sent()
    {
        await using var client = await Client();
        await client.Send(Post("/v1/rollouts", $"Content-Length: {Large}"), new string(' ', 1000));

        Assert.Equal((413, "REQUEST_TOO_LARGE"), await client.Problem());
    }

    [Fact]
    public async Task Who_sends_all_of_a_large_body_before_reading_finds_the_refusal()
    {
        await using var client = await Client();
        await client.Send(Post("/v1/rollouts", $"Content-Length: {Large}"), new string(' ', Large));

        Assert.Equal((413, "REQUEST_TOO_LARGE"), await client.Problem());
    }

    [Fact]
    public async Task A_large_body_of_unknown_length_is_refused_when_it_has_become_too_large()
    {
        await using var client = await Client();
        await client.Send(Post("/v1/rollouts", "Transfer-Encoding: chunked"));
        for (var sent = 0; sent <= 1 << 20; sent += 1 << 16) await client.Send($"{1 << 16:x}\r\n{new string(' ', 1 << 16)}\r\n");

        Assert.Equal((413, "REQUEST_TOO_LARGE"), await client.Problem());
    }

    [Fact]
    public async Task A_large_message_is_refused_over_gRPC()
    {
        var request = new Wire.CreateRolloutRequest { Spec = new() { Image = "web", Patch = "fix", Reason = new string('x', Large) } };
        var refused = await Assert.ThrowsAsync<RpcException>(() => new Wire.Rollouts.RolloutsClient(gateway.Grpc(gateway.ApiPort, key: gateway.Key)).CreateAsync(request).ResponseAsync);

        Assert.Equal(StatusCode.ResourceExhausted, refused.StatusCode);
    }

    [Fact]
    public async Task A_body_may_be_as_large_as_a_megabyte()
    {
        var body = new StringContent($$"""{"envelope":"e30=",  {{new string(' ', (1 << 20) - 100)}} "image":"x"}""", Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        using var response = await gateway.Http().PostAsync("/v1/images/y/patches", body);

        Assert.Equal("image", Assert.Single((await Json.Problem(response)).Errors!.Value).Field);
    }

    [Fact]
    public async Task A_body_that_does_not_come_is_not_waited_for()
    {
        await using var client = await Client();
        await client.Send(Post("/v1/rollouts", "Content-Length: 1000"), "{");

        Assert.Equal((408, "REQUEST_TOO_SLOW"), await client.Problem());
    }

    [Fact]
    public async Task Headers_that_do_not_come_are_not_waited_for()
    {
        await using var client = await Client();
        await client.Send("GET /healthz HTTP/1.1\r\nHost: fleet\r\nX-Slow: ");

        Assert.StartsWith("HTTP/1.1 408", await client.Rest(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_watcher_that_does_not_read_is_let_go_and_holds_up_nobody()
    {
        var rollout = gateway.Grains.Rollout("unread");
        rollout.View = RolloutApiTests.View("unread");
        await using var client = await Client();
        await client.Send($"GET /v1/rollouts/unread:watch HTTP/1.1\r\nHost: fleet\r\nAuthorization: Bearer {gateway.Key}\r\n\r\n");

        // Larger than all that lies between, so that it can't be written; nobody who tells waits for the reader.
        await rollout.Watched.WaitAsync(TestGateway.Patience);
        for (var i = 0; i < 10; i++) await rollout.Become(rollout.View with { Detail = $"{i}{new string('x', 16 << 20)}" });

        // When the writing begins isn't seen from here: time passes until it has been too long.
        using var patience = new CancellationTokenSource(TestGateway.Patience);
        while (!rollout.Empty.IsCompleted)
        {
            patience.Token.ThrowIfCancellationRequested();
            gateway.Time.Advance(TimeSpan.FromSeconds(31));
            await Task.WhenAny(rollout.Empty, Task.Delay(50));
        }
    }

    [Fact]
    public async Task A_request_with_too_many_or_too_large_headers_is_refused()
    {
        await using var client = await Client();
        await client.Send($"GET /healthz HTTP/1.1\r\nHost: fleet\r\nX-Large: {new string('x', 1 << 16)}\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 431", await client.Rest(), StringComparison.Ordinal);
    }

    private string Post(string path, string length) =>
        $"POST {path} HTTP/1.1\r\nHost: fleet\r\nAuthorization: Bearer {gateway.Key}\r\nContent-Type: application/json\r\n{length}\r\n\r\n";

    private async Task<RawClient> Client()
    {
        var tcp = new TcpClient();
        await tcp.ConnectAsync(IPAddress.Loopback, gateway.ApiPort);
        var tls = new SslStream(tcp.GetStream());
        await tls.AuthenticateAsClientAsync(gateway.Tls());
        return new RawClient(tcp, tls);
    }

    /// <summary>A client that says what it is told, byte by byte.</summary>
    private sealed class RawClient(TcpClient tcp, SslStream tls) : IAsyncDisposable
    {
        public async Task Send(params string[] parts)
        {
            foreach (var part in parts) await tls.WriteAsync(Encoding.ASCII.GetBytes(part)).AsTask().WaitAsync(TestGateway.Patience);
        }

        /// <summary>All that the server says until it closes the connection.</summary>
        public async Task<string> Rest()
        {
            using var reader = new StreamReader(tls, Encoding.ASCII, leaveOpen: true);
            return await reader.ReadToEndAsync().WaitAsync(TestGateway.Patience);
        }

        /// <summary>Status and reason of the problem that is answered.</summary>
        public async Task<(int Status, string Reason)> Problem()
        {
            using var reader = new StreamReader(tls, Encoding.ASCII, leaveOpen: true);
            var status = int.Parse((await Line(reader)).Split(' ')[1]);
            while (await Line(reader) != "") { }
            string line;
            do line = await Line(reader);
            while (!line.StartsWith('{'));
            return (status, System.Text.Json.JsonDocument.Parse(line).RootElement.GetProperty("reason").GetString()!);
        }

        public async ValueTask DisposeAsync()
        {
            await tls.DisposeAsync();
            tcp.Dispose();
        }

        private static async Task<string> Line(StreamReader reader) =>
            await reader.ReadLineAsync().WaitAsync(TestGateway.Patience) ?? throw new InvalidOperationException("the server closed the connection without an answer");
    }
}
