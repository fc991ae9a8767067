using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;
using Fleet.Images;

namespace Fleet.Gateway;

public sealed class RegistryTests(TestGateway gateway) : IClassFixture<TestGateway>
{
    [Fact]
    public async Task A_blob_comes_in_one_piece_or_in_many_and_goes_out_in_ranges()
    {
        using var http = gateway.Http();
        var (one, many) = ("in one piece"u8.ToArray(), Enumerable.Range(0, 3000).Select(i => (byte)i).ToArray());

        using var whole = await http.PostAsync($"/v2/app/blobs/uploads/?digest={Digest.Of(one)}", new ByteArrayContent(one));
        Assert.Equal(HttpStatusCode.Created, whole.StatusCode);

        using var begun = await http.PostAsync("/v2/app/blobs/uploads/", null);
        var location = begun.Headers.Location!.ToString();
        foreach (var start in new[] { 0, 1000 }) Assert.Equal(HttpStatusCode.Accepted, (await Patch(http, location, start, many[start..(start + 1000)])).StatusCode);
        using var gap = await Patch(http, location, 2500, many[2500..]);
        Assert.Equal((HttpStatusCode.RequestedRangeNotSatisfiable, "0-1999"), (gap.StatusCode, gap.Headers.GetValues("Range").Single()));
        using var done = await http.PutAsync($"{location}?digest={Digest.Of(many)}", new ByteArrayContent(many[2000..]));
        Assert.Equal(HttpStatusCode.Created, done.StatusCode);

        Assert.Equal(many, await http.GetByteArrayAsync($"/v2/app/blobs/{Digest.Of(many)}"));
        using var range = new HttpRequestMessage(HttpMethod.Get, $"/v2/app/blobs/{Digest.Of(many)}") { Headers = { Range = new RangeHeaderValue(10, 19) } };
        using var part = await http.SendAsync(range);
        Assert.Equal((HttpStatusCode.PartialContent, 3000), (part.StatusCode, part.Content.Headers.ContentRange!.Length));
        Assert.Equal(many[10..20], await part.Content.ReadAsByteArrayAsync());
        using var head = await http.SendAsync(new HttpRequestMessage(HttpMethod.Head, $"/v2/app/blobs/{Digest.Of(many)}"));
        Assert.Equal((HttpStatusCode.OK, 3000), (head.StatusCode, head.Content.Headers.ContentLength));
    }

    [Fact]
    public async Task Content_that_is_not_what_it_is_called_is_refused_and_not_kept()
    {
        using var http = gateway.Http();
        var digest = Digest.Of("right"u8);
        using var response = await http.PostAsync($"/v2/app/blobs/uploads/?digest={digest}", new ByteArrayContent("wrong"u8.ToArray()));

        Assert.Equal((HttpStatusCode.BadRequest, "DIGEST_INVALID"), (response.StatusCode, await Code(response)));
        using var missing = await http.GetAsync($"/v2/app/blobs/{digest}");
        Assert.Equal((HttpStatusCode.NotFound, "BLOB_UNKNOWN"), (missing.StatusCode, await Code(missing)));
    }

    [Fact]
    public async Task An_upload_that_was_never_completed_is_gone_after_a_restart()
    {
        await using var other = new TestGateway();
        await other.Start();
        var key = other.Key;
        using var begun = await other.Http().PostAsync("/v2/app/blobs/uploads/", null);
        var location = begun.Headers.Location!.ToString();
        await Patch(other.Http(), location, 0, new byte[100]);
        await other.Stop();
        await other.Start();

        using var response = await Patch(other.Http(key), location, 100, new byte[1]);
        Assert.Equal((HttpStatusCode.NotFound, "BLOB_UPLOAD_UNKNOWN"), (response.StatusCode, await Code(response)));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(other.Data, "content", "ingest")));
    }

    [Fact]
    public async Task A_manifest_is_taken_only_after_all_that_it_names()
    {
        using var http = gateway.Http();
        var config = Digest.Of("{}"u8);
        var manifest = $$$"""{"schemaVersion":2,"mediaType":"{{{MediaTypes.ImageManifest}}}","config":{"mediaType":"x","digest":"{{{config}}}","size":2},"layers":[]}""";
        using var early = await http.PutAsync("/v2/app/manifests/v1", Manifest(manifest));
        Assert.Equal((HttpStatusCode.NotFound, "MANIFEST_BLOB_UNKNOWN"), (early.StatusCode, await Code(early)));

        await http.PostAsync($"/v2/app/blobs/uploads/?digest={config}", new ByteArrayContent("{}"u8.ToArray()));
        using var put = await http.PutAsync("/v2/app/manifests/v1", Manifest(manifest));
        using var byTag = await http.GetAsync("/v2/app/manifests/v1");
        Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        Assert.Equal((manifest, MediaTypes.ImageManifest), (await byTag.Content.ReadAsStringAsync(), byTag.Content.Headers.ContentType!.MediaType));
        Assert.Equal(manifest, await http.GetStringAsync($"/v2/app/manifests/{put.Headers.GetValues("Docker-Content-Digest").Single()}"));
        Assert.Contains("\"v1\"", await http.GetStringAsync("/v2/app/tags/list"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v2/app/manifests/nothing", "MANIFEST_UNKNOWN")]
    [InlineData("/v2/app/manifests/..%2F..%2Fauthority.key", "NAME_INVALID")]
    [InlineData("/v2/APP/manifests/x", "NAME_INVALID")]
    [InlineData("/v2/app/blobs/sha256:12", "DIGEST_INVALID")]
    public async Task What_is_not_there_is_an_error_of_the_registrys_API(string path, string code)
    {
        using var response = await gateway.Http().GetAsync(path);

        Assert.Equal(code, await Code(response));
        Assert.InRange((int)response.StatusCode, 400, 404);
    }

    [Fact]
    public async Task Agents_pull_with_their_certificate_and_never_push()
    {
        using var http = gateway.Http();
        var digest = Digest.Of("for agents"u8);
        await http.PostAsync($"/v2/app/blobs/uploads/?digest={digest}", new ByteArrayContent("for agents"u8.ToArray()));
        using var certificate = await gateway.Enrol("puller");
        using var agent = gateway.Client(gateway.AgentsPort, certificate);

        Assert.Equal("for agents", await agent.GetStringAsync($"/v2/app/blobs/{digest}"));
        Assert.Equal(HttpStatusCode.NotFound, (await agent.PostAsync("/v2/app/blobs/uploads/", null)).StatusCode);
    }

    [Fact]
    public async Task A_certificate_that_was_replaced_reads_nothing_within_half_a_minute()
    {
        using var http = gateway.Http();
        var digest = Digest.Of("for the successor"u8);
        await http.PostAsync($"/v2/app/blobs/uploads/?digest={digest}", new ByteArrayContent("for the successor"u8.ToArray()));
        using var certificate = await gateway.Enrol("replaced");
        using var agent = gateway.Client(gateway.AgentsPort, certificate);
        Assert.Equal("for the successor", await agent.GetStringAsync($"/v2/app/blobs/{digest}"));

        gateway.Grains.Resource("replaced").Superseded = Convert.ToHexStringLower(SHA256.HashData(certificate.RawData));
        gateway.Time.Advance(TimeSpan.FromSeconds(30));
        foreach (var path in (string[])[$"/v2/app/blobs/{digest}", "/v2/app/manifests/v1", "/v2/app/tags/list", "/v2/"])
        {
            using var refused = await agent.GetAsync(path);
            Assert.Equal((HttpStatusCode.Unauthorized, "UNAUTHORIZED"), (refused.StatusCode, await Code(refused)));
        }
    }

    [Fact]
    public async Task Without_a_key_the_registry_asks_for_one_as_registries_do()
    {
        using var response = await gateway.Client(gateway.ApiPort).GetAsync("/v2/");

        Assert.Equal((HttpStatusCode.Unauthorized, "UNAUTHORIZED"), (response.StatusCode, await Code(response)));
        Assert.Equal("Basic", response.Headers.WwwAuthenticate.Single().Scheme);
    }

    [Fact]
    public async Task Skopeo_pushes_an_image_and_gets_the_same_back()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/skopeo") || Environment.GetEnvironmentVariable("CI") == "true", "skopeo is not installed");
        var work = Directory.CreateDirectory(Path.Combine(gateway.Data, "skopeo")).FullName;
        var layout = new OciLayout(Path.Combine(work, "layout"));
        var layer = await layout.Content.Put(new byte[200_000]);
        var config = await layout.Content.Put(System.Text.Encoding.UTF8.GetBytes($$$"""{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":["{{{layer}}}"]}}"""));
        var manifest = await layout.Content.Put(System.Text.Encoding.UTF8.GetBytes($$$"""
            {"schemaVersion":2,"mediaType":"{{{MediaTypes.ImageManifest}}}","config":{"mediaType":"{{{MediaTypes.ImageConfig}}}","digest":"{{{config}}}","size":{{{layout.Content.SizeOf(config)}}}},
             "layers":[{"mediaType":"{{{MediaTypes.Layer}}}","digest":"{{{layer}}}","size":200000}]}
            """));
        layout.Tag("1.0", new(MediaTypes.ImageManifest, manifest, layout.Content.SizeOf(manifest)!.Value));
        File.Copy(Path.Combine(gateway.Data, "authority.crt"), Path.Combine(work, "ca.crt"));

        var remote = $"docker://localhost:{gateway.ApiPort}/team/app:1.0";
        await Skopeo("copy", "--preserve-digests", "--dest-cert-dir", work, "--dest-creds", $"admin:{gateway.Key}", $"oci:{layout.Content.Root}:1.0", remote);
        await Skopeo("copy", "--preserve-digests", "--src-cert-dir", work, "--src-creds", $"admin:{gateway.Key}", remote, $"oci:{Path.Combine(work, "back")}:1.0");

        var back = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(work, "back", "index.json"))).RootElement.GetProperty("manifests")[0];
        Assert.Equal(manifest.ToString(), back.GetProperty("digest").GetString());
        Assert.Equal(200_000, new ContentStore(Path.Combine(work, "back")).SizeOf(layer));
    }

    private static async Task Skopeo(params string[] arguments)
    {
        using var skopeo = Process.Start(new ProcessStartInfo("skopeo", ["--insecure-policy", .. arguments]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var (output, error) = (skopeo.StandardOutput.ReadToEndAsync(), await skopeo.StandardError.ReadToEndAsync());
        await skopeo.WaitForExitAsync();
        Assert.True(skopeo.ExitCode == 0, $"{error}{await output}");
    }

    private static async Task<string?> Code(HttpResponseMessage response) =>
        JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("errors")[0].GetProperty("code").GetString();

    private static Task<HttpResponseMessage> Patch(HttpClient http, string location, int start, byte[] piece)
    {
        var content = new ByteArrayContent(piece);
        content.Headers.TryAddWithoutValidation("Content-Range", $"{start}-{start + piece.Length - 1}");
        return http.PatchAsync(location, content);
    }

    private static StringContent Manifest(string text) => new(text, System.Text.Encoding.UTF8, new MediaTypeHeaderValue(MediaTypes.ImageManifest));
}
