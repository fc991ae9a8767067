using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;

namespace Fleet.Gateway;

public sealed class AccessTests(TestGateway gateway) : IClassFixture<TestGateway>
{
    [Fact]
    public async Task A_device_enrols_with_a_token_and_gets_a_certificate_for_its_name_alone()
    {
        using var certificate = await gateway.Enrol("edge-1.site");

        Assert.Equal("edge-1.site", certificate.GetNameInfo(X509NameType.SimpleName, false));
        Assert.Equal(certificate.NotAfter.ToUniversalTime(), gateway.Grains.Resource("edge-1.site").CertificateExpires);
        Assert.InRange(certificate.NotAfter.ToUniversalTime() - gateway.Time.GetUtcNow(), TimeSpan.FromDays(29.9), TimeSpan.FromDays(30));
    }

    [Fact]
    public async Task A_token_is_used_once_but_its_own_request_may_be_repeated()
    {
        var enrolment = new Wire.Enrolment.EnrolmentClient(gateway.Grpc(gateway.EnrolmentPort));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new Wire.EnrolRequest { Token = await gateway.Token("once"), CertificateRequest = TestGateway.Csr(key) };

        await enrolment.EnrolAsync(request);
        Assert.Equal("once", (await enrolment.EnrolAsync(request)).Resource);
        using var another = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        request.CertificateRequest = TestGateway.Csr(another);
        await Refused(StatusCode.Unauthenticated, "TOKEN_USED", () => enrolment.EnrolAsync(request).ResponseAsync);
    }

    [Fact]
    public async Task An_expired_token_is_refused()
    {
        var request = new Wire.EnrolRequest { Token = await gateway.Token("late", TimeSpan.FromMinutes(1)) };
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        request.CertificateRequest = TestGateway.Csr(key);
        gateway.Time.Advance(TimeSpan.FromMinutes(1));

        await Refused(StatusCode.Unauthenticated, "TOKEN_EXPIRED", () => new Wire.Enrolment.EnrolmentClient(gateway.Grpc(gateway.EnrolmentPort)).EnrolAsync(request).ResponseAsync);
    }

    [Theory]
    [InlineData("")]
    [InlineData("no token")]
    [InlineData("edge.AAAA.BBBB")]
    [InlineData("edge.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task A_token_that_was_never_made_is_unknown(string token)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        await Refused(StatusCode.Unauthenticated, "TOKEN_UNKNOWN", () => new Wire.Enrolment.EnrolmentClient(gateway.Grpc(gateway.EnrolmentPort))
            .EnrolAsync(new Wire.EnrolRequest { Token = token, CertificateRequest = TestGateway.Csr(key) }).ResponseAsync);
    }

    [Fact]
    public async Task A_malformed_certificate_request_costs_no_token()
    {
        var enrolment = new Wire.Enrolment.EnrolmentClient(gateway.Grpc(gateway.EnrolmentPort));
        var token = await gateway.Token("careful");
        using var right = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var curve = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        var forged = TestGateway.Csr(right).ToByteArray();
        forged[^1] ^= 1;

        foreach (var wrong in new[] { ByteString.Empty, ByteString.CopyFromUtf8("x"), ByteString.CopyFrom(forged), TestGateway.Csr(curve) })
        {
            var refusal = await Refused(StatusCode.InvalidArgument, "REQUEST_INVALID",
                () => enrolment.EnrolAsync(new Wire.EnrolRequest { Token = token, CertificateRequest = wrong }).ResponseAsync);
            Assert.Equal("certificateRequest", Assert.Single(refusal.Errors).Field);
        }

        Assert.Equal("careful", (await enrolment.EnrolAsync(new Wire.EnrolRequest { Token = token, CertificateRequest = TestGateway.Csr(right) })).Resource);
    }

    [Fact]
    public async Task The_authority_is_told_to_whoever_asks_and_is_the_one_in_the_token()
    {
        var response = await new Wire.Enrolment.EnrolmentClient(gateway.Grpc(gateway.EnrolmentPort)).AuthorityAsync(new Wire.AuthorityRequest());
        var fingerprint = System.Buffers.Text.Base64Url.EncodeToString(SHA256.HashData(response.Authority.Span));

        Assert.Equal(gateway.Authority.RawData, response.Authority.ToByteArray());
        Assert.EndsWith("." + fingerprint, await gateway.Token("edge"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_agents_door_refuses_who_has_no_certificate_or_one_of_another_authority()
    {
        await Assert.ThrowsAnyAsync<Exception>(() => Handshake(gateway.AgentsPort, gateway.Tls()));

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var own = new CertificateRequest("CN=edge-1", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        await Assert.ThrowsAnyAsync<Exception>(() => Handshake(gateway.AgentsPort, gateway.Tls(own)));
    }

    [Fact]
    public async Task The_agents_door_refuses_a_certificate_that_has_ended_and_the_engines_own()
    {
        await using var other = new TestGateway();
        await other.Start();
        using var certificate = await other.Enrol("brief");
        await Handshake(other.AgentsPort, other.Tls(certificate));

        other.Time.Advance(TimeSpan.FromDays(30) + TimeSpan.FromSeconds(1));
        await Assert.ThrowsAnyAsync<Exception>(() => Handshake(other.AgentsPort, other.Tls(certificate)));
    }

    [Fact]
    public async Task TLS_1_2_is_refused_at_every_door()
    {
        using var certificate = await gateway.Enrol("old-tls");
        foreach (var port in new[] { gateway.ApiPort, gateway.AgentsPort, gateway.EnrolmentPort })
        {
            var tls = gateway.Tls(certificate);
            await Handshake(port, tls);
            tls = gateway.Tls(certificate);
            tls.EnabledSslProtocols = SslProtocols.Tls12;
            await Assert.ThrowsAnyAsync<Exception>(() => Handshake(port, tls));
        }
    }

    [Fact]
    public async Task What_is_open_at_one_door_is_not_there_at_another()
    {
        using var certificate = await gateway.Enrol("curious");
        var agents = gateway.Grpc(gateway.AgentsPort, certificate, gateway.Key);

        await Refused(StatusCode.NotFound, "PATH_UNKNOWN", () => new Wire.Resources.ResourcesClient(agents).GetResourceAsync(new Wire.GetResourceRequest { Resource = "curious" }).ResponseAsync);
        await Refused(StatusCode.NotFound, "PATH_UNKNOWN", () => new Wire.Enrolment.EnrolmentClient(gateway.Grpc(gateway.ApiPort)).AuthorityAsync(new Wire.AuthorityRequest()).ResponseAsync);
        using var http = gateway.Client(gateway.EnrolmentPort);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/readyz") { Headers = { Host = $"127.0.0.1:{gateway.ApiPort}" } };
        Assert.Equal(HttpStatusCode.NotFound, (await http.SendAsync(request)).StatusCode);
    }

    [Theory]
    [InlineData(null, "KEY_MISSING")]
    [InlineData("", "KEY_INVALID")]
    [InlineData("fleet_admin_wrong", "KEY_INVALID")]
    [InlineData("fleet_nobody_secret", "KEY_INVALID")]
    [InlineData("hello", "KEY_INVALID")]
    public async Task Without_a_known_key_nobody_is_served(string? key, string reason)
    {
        using var http = gateway.Client(gateway.ApiPort);
        if (key is not null) http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", $"Bearer {(key.Length == 0 ? "x" : key)}");
        using var response = await http.GetAsync("/v1/resources/edge-1");

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal(reason, (await Json.Problem(response)).Reason);
        await Refused(StatusCode.Unauthenticated, reason, () => new Wire.Resources.ResourcesClient(gateway.Grpc(gateway.ApiPort, key: key is null ? null : key.Length == 0 ? "x" : key))
            .GetResourceAsync(new Wire.GetResourceRequest { Resource = "edge-1" }).ResponseAsync);
    }

    [Fact]
    public async Task Whoever_guesses_keys_wakes_no_more_grains_after_a_while_and_holders_of_known_keys_are_served()
    {
        await using var other = new TestGateway();
        await other.Start();
        using var known = other.Http();
        Assert.Equal(HttpStatusCode.NotFound, (await known.GetAsync("/v1/resources/nobody")).StatusCode);

        for (var i = 0; i <= 30; i++)
        {
            using var guess = other.Http($"fleet_guess{i}_secret");
            using var response = await guess.GetAsync("/v1/resources/nobody");
            Assert.Equal(i < 30 ? "KEY_INVALID" : "TOO_MANY_GUESSES", (await Json.Problem(response)).Reason);
        }

        Assert.Equal(HttpStatusCode.NotFound, (await known.GetAsync("/v1/resources/nobody")).StatusCode);
        other.Time.Advance(TimeSpan.FromMinutes(1));
        using var later = other.Http("fleet_guess_secret");
        using var again = await later.GetAsync("/v1/resources/nobody");
        Assert.Equal("KEY_INVALID", (await Json.Problem(again)).Reason);
    }

    [Fact]
    public async Task The_administrator_key_is_printed_at_the_first_start_alone()
    {
        await using var first = new TestGateway();
        await first.Start();
        var key = first.Key;
        await first.Stop();
        await first.Start();

        Assert.Single(first.Output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(HttpStatusCode.NotFound, (await first.Http(key).GetAsync("/v1/resources/nobody")).StatusCode);
        Assert.DoesNotContain(key.Split('_', 3)[2], string.Concat(Directory.EnumerateFiles(first.Data, "*", SearchOption.AllDirectories).Select(File.ReadAllText)), StringComparison.Ordinal);
    }

    [Fact]
    public void The_authoritys_key_is_for_the_owner_alone() => Assert.Equal(
        UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(gateway.Data, "authority.key")));

    internal static async Task<Refusal> Refused(StatusCode status, string reason, Func<Task> call)
    {
        var refusal = Refusal.Of(await Assert.ThrowsAsync<RpcException>(call));
        Assert.Equal((status, reason), (refusal.Status, refusal.Reason));
        return refusal;
    }

    // With TLS 1.3 the client is done before the server judged its certificate: only an answer proves that it was taken.
    private static async Task Handshake(int port, SslClientAuthenticationOptions tls)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(IPAddress.Loopback, port);
        await using var stream = new SslStream(tcp.GetStream());
        await stream.AuthenticateAsClientAsync(tls);
        await stream.WriteAsync("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"u8.ToArray());
        Assert.True(await stream.ReadAsync(new byte[1]) > 0);
    }
}
