using System.Text;
using System.Text.Json;
using Fleet.Fakes;
using Fleet.Images;
using Fleet.Protocol.V1;

namespace Fleet.Cli;

/// <summary>The publisher's way: recipe, layout, registry, patch.</summary>
public sealed class PublishingTests : IDisposable
{
    private readonly CommandLine _fleet = new();
    private readonly Temp _temp = new();

    private string Layout => _fleet.File("layout");

    private string Key => _fleet.File("publisher.pem");

    private string Envelope => _fleet.File("patch.json");

    public void Dispose()
    {
        _fleet.Dispose();
        _temp.Dispose();
    }

    [Fact]
    public async Task An_image_is_built_from_its_recipe()
    {
        await Build("-o json");

        var built = Assert.Single(_fleet.Json());
        Assert.Equal(("web", "1.0"), (built.GetProperty("image").GetString(), built.GetProperty("version").GetString()));
        Assert.Equal(1, built.GetProperty("components").GetInt32());
        Assert.Equal(new OciLayout(Layout).Tags()["1.0"].Digest.ToString(), built.GetProperty("digest").GetString());
        Assert.Equal(2, built.GetProperty("layers").GetArrayLength());
    }

    [Fact]
    public async Task A_recipe_that_is_not_sound_is_refused_by_the_name_of_its_member()
    {
        Recipe(probe: "udp");
        Assert.Equal(Exit.Usage, await _fleet.Run($"image build {_fleet.File("recipe.json")} {Layout}"));
        Assert.Contains("probe", _fleet.Error);
        Assert.Equal(Exit.Usage, await _fleet.Run($"image build {_fleet.File("absent.json")} {Layout}"));
        Assert.Contains("absent.json", _fleet.Error);
    }

    [Fact]
    public async Task A_push_uploads_what_is_missing_and_then_makes_the_version_known()
    {
        await using var engine = await FakeEngine.Start();
        await Build();

        Assert.Equal(Exit.Good, await _fleet.At(engine).Run($"image push {Layout} web:1.0"));

        var manifest = new OciLayout(Layout).Tags()["1.0"];
        Assert.Equal(new PublishVersionRequest { Image = "web", Version = "1.0", Digest = $"{manifest.Digest}" }, Assert.Single(engine.Fleet.Asked));
        Assert.Equal(MediaTypes.ImageManifest, engine.Registry.Manifests["web:1.0"].MediaType);
        Assert.Equal(manifest.Digest, Digest.Of(engine.Registry.Manifests["web:1.0"].Content));
        // Two layers, configuration, SBOM.
        Assert.Equal(4, engine.Registry.Blobs.Count);
        Assert.Equal(4, _fleet.Out.Split("uploaded").Length - 1);

        Assert.Equal(Exit.Good, await _fleet.Run($"image push {Layout} web:1.0"));
        Assert.Equal(4, _fleet.Out.Split("was there").Length - 1);
        Assert.Equal(Exit.Good, await _fleet.Run($"image push {Layout} web:1.0 -o json"));
        Assert.Single(_fleet.Json());
    }

    [Fact]
    public async Task What_is_not_in_the_layout_is_not_pushed()
    {
        await using var engine = await FakeEngine.Start();
        await Build();
        _fleet.At(engine);

        Assert.Equal(Exit.Usage, await _fleet.Run($"image push {Layout} web:2.0"));
        Assert.Contains("no tag '2.0': there are 1.0", _fleet.Error);
        Assert.Equal(Exit.Usage, await _fleet.Run($"image push {Layout} another:1.0"));
        Assert.Contains("a version of 'web', not of 'another'", _fleet.Error);
        Assert.Equal(Exit.Usage, await _fleet.Run($"image push {_fleet.Home} web:1.0"));
        Assert.Contains("is no OCI layout", _fleet.Error);
        Assert.Empty(engine.Calls);
    }

    [Fact]
    public async Task A_layer_patch_is_signed_and_verifies_with_its_public_key_alone()
    {
        await Build();
        await MakeKey(Key);
        await MakeKey(_fleet.File("another"));

        Assert.Equal(Exit.Good, await _fleet.Run($"patch layer {Layout} web:1.0 --id to-1.0 --key {Key} --to {Envelope} --fixes CVE-2026-0001 CVE-2026-0002 --valid-for 7d -o json"));
        Assert.Equal("2026-05-11T12:00:00Z", Assert.Single(_fleet.Json()).GetProperty("expires").GetString());

        Assert.Equal(Exit.Good, await Verify());
        Assert.Contains("web/to-1.0", _fleet.Out);
        Assert.Contains("CVE-2026-0001 CVE-2026-0002", _fleet.Out);
        Assert.Equal(Exit.EndedBadly, await _fleet.Run($"patch verify {Envelope} --key {_fleet.File("another.pub")}"));
        Assert.Contains("SIGNATURE_INVALID", _fleet.Error);

        using var trusted = PublisherKeys.Public($"{Key}.pub");
        var patch = SignedPatch.Verify(File.ReadAllBytes(Envelope), [trusted], CommandLine.Noon).Patch!;
        Assert.Equal(new VersionTarget("1.0", new OciLayout(Layout).Tags()["1.0"]), patch.Target);

        _fleet.Time.Advance(TimeSpan.FromDays(7));
        Assert.Equal(Exit.EndedBadly, await Verify());
        Assert.Contains("PATCH_EXPIRED", _fleet.Error);
    }

    [Fact]
    public async Task A_changed_patch_is_not_believed()
    {
        await Build();
        await MakeKey(Key);
        await _fleet.Run($"patch layer {Layout} web:1.0 --id to-1.0 --key {Key} --to {Envelope}");

        var envelope = JsonSerializer.Deserialize<Dictionary<string, object>>(File.ReadAllText(Envelope))!;
        var payload = Encoding.UTF8.GetString(Convert.FromBase64String(envelope["payload"].ToString()!)).Replace("\"web\"", "\"bad\"");
        envelope["payload"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(payload));
        File.WriteAllText(Envelope, JsonSerializer.Serialize(envelope));

        Assert.Equal(Exit.EndedBadly, await Verify());
        Assert.Contains("SIGNATURE_INVALID", _fleet.Error);
        File.WriteAllText(Envelope, "{}");
        Assert.Equal(Exit.EndedBadly, await Verify());
        Assert.Contains("MALFORMED", _fleet.Error);
    }

    [Fact]
    public async Task A_public_key_signs_nothing()
    {
        await Build();
        await MakeKey(Key);

        Assert.Equal(Exit.Usage, await _fleet.Run($"patch layer {Layout} web:1.0 --id to-1.0 --key {Key}.pub --to {Envelope}"));
        Assert.Contains("can't sign", _fleet.Error);
        Assert.False(File.Exists(Envelope));
    }

    [Fact]
    public async Task A_hotfix_is_made_of_packages_and_published_with_its_layer()
    {
        await using var engine = await FakeEngine.Start();
        await MakeKey(Key);
        var package = Debs.Make(_temp, "libssl3", "3.0.20-1", "usr/lib/libssl.so.3");
        _fleet.Environment["SOURCE_DATE_EPOCH"] = "1700000000";

        Assert.Equal(Exit.Good, await _fleet.Run($"patch hotfix {package} --image web --from 3.0.17-1 --layout {Layout} --id libssl3-fix --key {Key} --to {Envelope}"));
        Assert.Equal(Exit.Good, await Verify());
        using var trusted = PublisherKeys.Public($"{Key}.pub");
        var swap = SignedPatch.Verify(File.ReadAllBytes(Envelope), [trusted], CommandLine.Noon).Patch!.Swap!;
        Assert.Equal(("pkg:deb/debian/libssl3", "3.0.17-1", "3.0.20-1"), (swap.Component, swap.FromVersion, swap.ToVersion));

        Assert.Equal(Exit.Good, await _fleet.At(engine).Run($"patch publish {Envelope} --layout {Layout}"));
        Assert.Equal(swap.Layer.Digest, Digest.Of(engine.Registry.Blobs[$"web@{swap.Layer.Digest}"]));
        var asked = Assert.IsType<PublishPatchRequest>(Assert.Single(engine.Fleet.Asked));
        Assert.Equal("web", asked.Image);
        Assert.Equal(File.ReadAllBytes(Envelope), asked.Envelope);
        Assert.Equal(Exit.Usage, await _fleet.Run($"patch publish {Key}"));
    }

    [Fact]
    public async Task A_hotfix_that_is_no_newer_is_refused_before_it_is_signed()
    {
        await MakeKey(Key);
        var package = Debs.Make(_temp, "libssl3", "3.0.17-1", "usr/lib/libssl.so.3");

        Assert.Equal(Exit.Usage, await _fleet.Run($"patch hotfix {package} --image web --from 3.0.17-1 --layout {Layout} --id libssl3-fix --key {Key} --to {Envelope}"));
        Assert.Contains("no newer than 3.0.17-1", _fleet.Error);
        Assert.False(File.Exists(Envelope));
    }

    private async Task Build(string more = "")
    {
        Recipe();
        Assert.Equal(Exit.Good, await _fleet.Run($"image build {_fleet.File("recipe.json")} {Layout} {more}"));
    }

    private void Recipe(string probe = "http")
    {
        var package = Debs.Make(_temp, "nginx", "1.22.1-9", "usr/sbin/nginx");
        _temp.Write("site/etc/nginx/nginx.conf", "events {}");
        File.WriteAllText(_fleet.File("recipe.json"), $$"""
            {
              "image": "web", "version": "1.0", "created": "2026-05-01T00:00:00Z",
              "service": { "command": ["/usr/sbin/nginx"], "ports": [{ "name": "https", "port": 443 }], "probe": { "kind": "{{probe}}", "port": "https", "tls": true } },
              "layers": [{ "packages": ["{{package}}"] }, { "directory": "{{_temp["site"]}}" }]
            }
            """);
    }

    private async Task MakeKey(string file) => Assert.Equal(Exit.Good, await _fleet.Run($"key new {file}"));

    private Task<int> Verify() => _fleet.Run($"patch verify {Envelope} --key {Key}.pub");
}
