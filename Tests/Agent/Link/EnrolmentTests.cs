using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Fleet.Agent.Identity;
using Grpc.Core;

namespace Fleet.Agent.Link;

public sealed class EnrolmentTests
{
    private const string Resource = "device-1";

    [Fact]
    public async Task A_device_that_enrols_gets_a_certificate_for_its_own_key_and_keeps_it()
    {
        await using var engine = await TestEngine.Start(mutual: false);
        using var directory = new Temporary();
        var certified = await Enrol(engine, engine.Authority, directory);

        Assert.Equal("", certified.Problem);
        var stored = new IdentityStore(directory.Path).Load()!;
        Assert.Equal(Resource, stored.Resource);
        Assert.True(stored.Certificate.HasPrivateKey);
        Assert.Equal(engine.Authority.Der, stored.Authority.RawData);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(directory.Path, "identity", "identity.pem")));
        Assert.False(File.Exists(Path.Combine(directory.Path, "identity", "pending.pem")));
    }

    [Fact]
    public async Task A_token_of_another_authority_is_never_shown()
    {
        await using var engine = await TestEngine.Start(mutual: false);
        using var directory = new Temporary();
        var certified = await Enrol(engine, new TestAuthority(), directory);

        Assert.Null(certified.Identity);
        Assert.Contains("another authority", certified.Problem);
        Assert.Empty(engine.Script.Enrolments);
        Assert.Null(new IdentityStore(directory.Path).Load());
    }

    [Fact]
    public async Task Somebody_in_between_who_shows_the_right_authority_gets_no_token_either()
    {
        // He can copy the authority's certificate, for it is public, but has no certificate issued by it.
        var (real, his) = (new TestAuthority(), new TestAuthority());
        await using var between = await TestEngine.Start(real, server: his.Issue("engine", TestAuthority.Server), mutual: false);
        using var directory = new Temporary();
        var certified = await Enrol(between, real, directory);

        Assert.Contains("isn't this fleet's engine", certified.Problem);
        Assert.Empty(between.Script.Enrolments);
    }

    [Fact]
    public async Task A_server_with_TLS_1_2_is_refused()
    {
        await using var engine = await TestEngine.Start(protocols: SslProtocols.Tls12, mutual: false);
        using var directory = new Temporary();
        var certified = await Enrol(engine, engine.Authority, directory);
        Assert.Null(certified.Identity);
        Assert.Contains("protocol", certified.Problem, StringComparison.OrdinalIgnoreCase);
        Assert.Empty(engine.Script.Enrolments);
    }

    [Fact]
    public async Task A_refusal_is_told_in_the_engines_words()
    {
        await using var engine = await TestEngine.Start(mutual: false);
        engine.Script.Enrol = _ => throw new RpcException(new Status(StatusCode.Unauthenticated, "the enrolment token was used already: make another"));
        using var directory = new Temporary();
        Assert.Contains("was used already", (await Enrol(engine, engine.Authority, directory)).Problem);
    }

    [Fact]
    public async Task Asking_again_after_a_lost_answer_asks_for_the_same_thing_byte_for_byte()
    {
        await using var engine = await TestEngine.Start(mutual: false);
        using var directory = new Temporary();
        engine.Script.Enrol = _ => throw new RpcException(new Status(StatusCode.Unavailable, "lost"));
        await Enrol(engine, engine.Authority, directory);
        engine.Script.Enrol = null;
        var certified = await Enrol(engine, engine.Authority, directory);

        Assert.NotNull(certified.Identity);
        Assert.Equal(2, engine.Script.Enrolments.Count);
        Assert.Equal(engine.Script.Enrolments[0].CertificateRequest, engine.Script.Enrolments[1].CertificateRequest);
    }

    [Fact]
    public async Task A_certificate_for_another_key_or_name_is_not_kept()
    {
        await using var engine = await TestEngine.Start(mutual: false);
        using var directory = new Temporary();
        using var other = PendingRequest.Make(Resource);
        engine.Script.Enrol = _ => engine.Script.Certify(Resource, other.Request.ToArray());
        Assert.Contains("another key", (await Enrol(engine, engine.Authority, directory)).Problem);

        engine.Script.Enrol = request =>
        {
            var asked = CertificateRequest.LoadSigningRequest(request.CertificateRequest.ToByteArray(), HashAlgorithmName.SHA256);
            var key = asked.PublicKey;
            using var renamed = engine.Authority.CertifyAs("device-2", key);
            return new() { Certificate = Google.Protobuf.ByteString.CopyFrom(renamed.RawData) };
        };
        Assert.Contains("certified 'device-2'", (await Enrol(engine, engine.Authority, directory)).Problem);
        Assert.Null(new IdentityStore(directory.Path).Load());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("a.b")]
    [InlineData(".secret.fingerprint")]
    [InlineData("Device.c2VjcmV0.AAAA")]
    [InlineData("device.c2VjcmV0.AAAA")]
    [InlineData("device..47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU")]
    public void What_is_no_token_is_refused_without_telling_the_secret(string? text)
    {
        Assert.Null(EnrolmentToken.Parse(text, out var problem));
        Assert.NotEmpty(problem);
        Assert.DoesNotContain("c2VjcmV0", problem);
    }

    [Fact]
    public void Only_the_name_in_a_token_may_contain_dots()
    {
        var token = EnrolmentToken.Parse(" edge.berlin.3.c2VjcmV0.47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU\n", out _)!;
        Assert.Equal("edge.berlin.3", token.Resource);
        Assert.Equal(SHA256.HashData([]), token.Fingerprint.ToArray());
        Assert.Equal("edge.berlin.3.c2VjcmV0.47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU", token.Text);
    }

    [Fact]
    public void A_damaged_identity_says_what_to_do()
    {
        using var directory = new Temporary();
        Directory.CreateDirectory(Path.Combine(directory.Path, "identity"));
        File.WriteAllText(Path.Combine(directory.Path, "identity", "identity.pem"), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        Assert.Contains("enrol again", Assert.Throws<InvalidDataException>(() => new IdentityStore(directory.Path).Load()).Message);
    }

    private static Task<Certified> Enrol(TestEngine engine, TestAuthority authority, Temporary directory) =>
        new Certification(new IdentityStore(directory.Path), TimeProvider.System)
            .Enrol(engine.Address, EnrolmentToken.Parse(authority.Token(Resource), out _)!, CancellationToken.None);
}
