using System.Collections.Immutable;
using System.Text;
using System.Text.Json.Nodes;

namespace Fleet.Images;

public sealed class ImageBuilderTests : IDisposable
{
    private readonly Temp _temp = new();
    private readonly OciLayout _layout;

    public ImageBuilderTests() => _layout = new OciLayout(_temp["layout"]);

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task An_image_of_packages_and_a_directory_is_read_back_whole()
    {
        var built = await Build();

        var image = await _layout.Read("v1");
        Assert.Equal(built.Contents.Manifest, image.Manifest);
        Assert.Equal(("web", "v1", 2), (image.Image, image.Version, image.Layers.Length));
        Assert.Equal([KeyValuePair.Create("pkg:deb/debian/libone", "1.0-1"), KeyValuePair.Create("pkg:deb/debian/tool", "2:2.0")], image.Components);
        Assert.Equal(ServiceJson.Write(Sample.Service), ServiceJson.Write(image.Service));
        Assert.All(await _layout.BlobsOf(built.Manifest.Digest), blob => Assert.Equal(blob.Size, _layout.Content.SizeOf(blob.Digest)));
    }

    [Fact]
    public async Task The_same_recipe_gives_the_same_image()
    {
        var first = await Build();
        var again = await ImageBuilder.Build(Recipe(), new OciLayout(_temp["again"]));
        Assert.Equal(first.Manifest, again.Manifest);
    }

    [Fact]
    public async Task Layers_have_programs_records_and_licences_but_no_documentation()
    {
        Root.Required();
        var image = (await Build()).Contents;
        var layers = new LayerStore(_temp["layers"]);
        var bottom = await layers.Unpack(image.Layers[0], _layout.Content);
        var top = await layers.Unpack(image.Layers[1], _layout.Content);

        Assert.Equal("usr/lib", new FileInfo($"{bottom}/lib").LinkTarget);
        Assert.Equal("libone 1.0-1", File.ReadAllText($"{bottom}/usr/lib/libone.so.1"));
        Assert.True(File.Exists($"{bottom}/usr/share/doc/libone/copyright"));
        Assert.False(File.Exists($"{bottom}/usr/share/doc/libone/changelog"));
        Assert.Equal(["libone 1.0-1", "tool 2:2.0"], DpkgDatabase.Read(bottom).Select(p => $"{p.Name} {p.Version}"));
        Assert.Equal("site", File.ReadAllText($"{top}/etc/site"));
        Assert.False(Path.Exists($"{top}/lib"));
    }

    [Fact]
    public async Task Skopeo_reads_and_copies_the_image()
    {
        Assert.SkipUnless(Shell.Has("skopeo") || Environment.GetEnvironmentVariable("CI") == "true", "needs skopeo");
        var built = await Build();

        var said = JsonNode.Parse(Shell.Run("skopeo", ["inspect", $"oci:{_layout.Content.Root}:v1"]))!;
        Shell.Run("skopeo", ["--insecure-policy", "copy", $"oci:{_layout.Content.Root}:v1", $"dir:{_temp["copy"]}"]);

        Assert.Equal(built.Manifest.Digest.ToString(), (string?)said["Digest"]);
        Assert.Equal(built.Contents.Layers.Select(l => l.Digest.ToString()), said["Layers"]!.AsArray().Select(l => (string?)l));
        Assert.Equal("amd64", (string?)said["Architecture"]);
        Assert.NotNull(said["Labels"]![ServiceDefinition.Label]);
        Assert.Equal(_layout.Content.SizeOf(built.Manifest.Digest), new FileInfo(_temp["copy/manifest.json"]).Length);
    }

    [Fact]
    public async Task A_removed_record_takes_its_package_out_of_the_bill()
    {
        var recipe = Recipe();
        recipe = recipe with { Layers = recipe.Layers.Add(new LayerSource([], null, ["var/lib/dpkg/status.d/tool", "usr/bin/tool"])) };

        Assert.Equal(["pkg:deb/debian/libone"], (await ImageBuilder.Build(recipe, _layout)).Contents.Components.Keys);
    }

    [Fact]
    public async Task A_tag_moves_to_the_newest_and_others_stay()
    {
        await Build();
        await ImageBuilder.Build(Recipe() with { Version = "v2" }, _layout);
        var moved = await ImageBuilder.Build(Recipe() with { Version = "v2", Created = Sample.Noon.AddDays(1) }, _layout);

        Assert.Equal(["v1", "v2"], new OciLayout(_layout.Content.Root).Tags().Keys);
        Assert.Equal(moved.Manifest, _layout.Tags()["v2"]);
        Assert.Equal(ContentFault.Missing, (await Assert.ThrowsAsync<ContentException>(() => _layout.Read("v3"))).Fault);
    }

    [Fact]
    public void A_recipe_is_read_with_paths_relative_to_it()
    {
        _temp.Write("recipes/service.json", Encoding.UTF8.GetString(ServiceJson.Write(Sample.Service)));
        var recipe = ImageRecipe.Read(_temp.Write("recipes/v1.json", """
            {"image":"web","version":"v1","created":"2026-03-01T12:00:00Z","service":"service.json",
             "layers":[{"packages":["../debs/one.deb"]},{"directory":"site","remove":["etc/old"]}]}
            """));

        Assert.Equal(Path.GetFullPath(_temp["debs/one.deb"]), Path.GetFullPath(recipe.Layers[0].Packages[0]));
        Assert.Equal((_temp["recipes/site"], "etc/old"), (recipe.Layers[1].Directory, recipe.Layers[1].Removals[0]));
        Assert.Equal(Sample.Service.Command, recipe.Service.Command);
        Assert.Equal(("debian-12", Sample.Noon), (recipe.Distro, recipe.Created));
    }

    [Theory]
    [InlineData("""{"image":"web","version":"v1","created":"2026-03-01T12:00:00Z","service":{"command":[]},"layers":[]}""", "probe")]
    [InlineData("""{"image":"web","version":"v1","service":{},"layers":[]}""", "created")]
    [InlineData("""{"image":"web","version":"v1","created":"2026-03-01T12:00:00Z","service":{},"layer":[]}""", "layer")]
    public void A_wrong_recipe_is_refused_by_name(string json, string named) =>
        Assert.Contains(named, Assert.Throws<ContentException>(() => ImageRecipe.Read(_temp.Write("v1.json", json))).Message, StringComparison.Ordinal);

    [Fact]
    public async Task What_can_not_be_an_image_is_refused_by_name()
    {
        Assert.Equal("image", (await Refused(Recipe() with { Image = "Web" })).Field);
        Assert.Equal("version", (await Refused(Recipe() with { Version = "1.0+1" })).Field);
        Assert.Equal("layers", (await Refused(Recipe() with { Layers = [] })).Field);
        Assert.Equal("command", (await Refused(Recipe() with { Service = Sample.Service with { Command = [] } })).Field);
        await Assert.ThrowsAsync<InvalidOperationException>(() => ImageBuilder.Build(
            Recipe() with { Layers = [new LayerSource([_temp.Write("no.deb", "no package")], null, [])] }, _layout));
    }

    [Theory]
    [InlineData("manifest", "\"schemaVersion\":2", "\"schemaVersion\":1", "schemaVersion")]
    [InlineData("manifest", "dev.fleet.sbom", "dev.fleet.other", "dev.fleet.sbom")]
    [InlineData("manifest", "image.title\":\"web\"", "image.title\":\"Web\"", "image.title")]
    [InlineData("manifest", "image.version\":\"v1\"", "image.version\":\"v 1\"", "image.version")]
    [InlineData("manifest", "layer.v1.tar+gzip", "layer.v1.tar+zstd", "layers[0].mediaType")]
    [InlineData("manifest", "image.config.v1", "image.config.v2", "config.mediaType")]
    [InlineData("configuration", "dev.fleet.service", "dev.fleet.other", "dev.fleet.service")]
    [InlineData("configuration", "\"diff_ids\":[", "\"diff_ids\":[\"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\",", "diff_ids")]
    [InlineData("configuration", "\\\"kind\\\":\\\"http\\\"", "\\\"kind\\\":\\\"icmp\\\"", "kind")]
    [InlineData("sbom", "CycloneDX", "Cyclone", "bomFormat")]
    public async Task An_unsound_image_is_refused_by_name(string part, string old, string changed, string named)
    {
        var (manifest, configuration, sbom) = await Parts();
        if (part == "sbom") (sbom, manifest) = Change(sbom, old, changed, manifest);
        else if (part == "configuration") (configuration, manifest) = Change(configuration, old, changed, manifest);
        else (manifest, _) = Change(manifest, old, changed, manifest);

        var e = Assert.Throws<ContentException>(() => ImageContents.Read(manifest, configuration, sbom));

        Assert.Equal(ContentFault.Malformed, e.Fault);
        Assert.Contains(named, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_configuration_or_SBOM_that_the_manifest_does_not_name_is_refused()
    {
        var (manifest, configuration, sbom) = await Parts();

        Assert.Equal((ContentFault.Mismatch, "config.digest"), Fault(() => ImageContents.Read(manifest, [.. configuration, 32], sbom)));
        Assert.Equal((ContentFault.Mismatch, "annotations.dev.fleet.sbom"), Fault(() => ImageContents.Read(manifest, configuration, [.. sbom, 32])));
        Assert.NotNull(ImageContents.Read(manifest, configuration, sbom));

        static (ContentFault, string) Fault(Func<ImageContents> read)
        {
            var e = Assert.Throws<ContentException>(read);
            return (e.Fault, e.Field);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"schemaVersion":2,"manifests":[]}""")]
    [InlineData("""{"schemaVersion":2,"config":null,"layers":[]}""")]
    [InlineData("""{"schemaVersion":2,"config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:00","size":1},"layers":[null]}""")]
    public void What_is_no_manifest_is_refused(string text) =>
        Assert.Equal(ContentFault.Malformed, Assert.Throws<ContentException>(() => ImageManifest.Read(Encoding.UTF8.GetBytes(text))).Fault);

    private ImageRecipe Recipe()
    {
        _temp.Write("site/etc/site", "site");
        return new ImageRecipe
        {
            Image = "web",
            Version = "v1",
            Created = Sample.Noon,
            Service = Sample.Service,
            Layers =
            [
                new LayerSource([Debs.Make(_temp, "libone", "1.0-1", "lib/libone.so.1"), Debs.Make(_temp, "tool", "2:2.0", "usr/bin/tool")], null, []),
                new LayerSource([], _temp["site"], []),
            ],
        };
    }

    private Task<BuiltImage> Build() => ImageBuilder.Build(Recipe(), _layout);

    private Task<ContentException> Refused(ImageRecipe recipe) => Assert.ThrowsAsync<ContentException>(() => ImageBuilder.Build(recipe, _layout));

    private async Task<(byte[] Manifest, byte[] Configuration, byte[] Sbom)> Parts()
    {
        var manifest = await _layout.Content.Read((await Build()).Manifest.Digest);
        var read = ImageManifest.Read(manifest);
        return (manifest, await _layout.Content.Read(read.Config.Digest), await _layout.Content.Read(read.Sbom));
    }

    // Changes a part, and the manifest's word for it.
    private static (byte[] Part, byte[] Manifest) Change(byte[] part, string old, string changed, byte[] manifest)
    {
        var text = Encoding.UTF8.GetString(part);
        Assert.Contains(old, text, StringComparison.Ordinal);
        var result = Encoding.UTF8.GetBytes(text.Replace(old, changed, StringComparison.Ordinal));
        return (result, Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(manifest).Replace(Digest.Of(part).Hex, Digest.Of(result).Hex, StringComparison.Ordinal)));
    }
}
