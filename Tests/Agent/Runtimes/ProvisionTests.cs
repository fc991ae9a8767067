using System.Collections.Immutable;
using Fleet.Agent.Delivery;
using Fleet.Agent.Link;
using Fleet.Agent.Runtimes.Overlay;
using Fleet.Images;

namespace Fleet.Agent.Runtimes;

public sealed class ProvisionTests : IDisposable
{
    private readonly Temporary _data = new();
    private readonly ContentStore _content;
    private readonly Provision _provision;

    public ProvisionTests()
    {
        _content = new ContentStore(Path.Combine(_data.Path, "content"));
        _provision = new Provision(_content, new LayerStore(Path.Combine(_data.Path, "layers")), new LayoutSource(_content, _content));
    }

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task Contents_that_the_disk_does_not_give_are_unknown_and_no_failure()
    {
        var image = Sample.Contents("1");
        Directory.CreateDirectory(_content.PathOf(image.Manifest)); // opening it fails, and not because it is missing
        Assert.Null(await _provision.Contents(new InstanceManifest { Image = "web", Version = "1", ImageDigest = image.Manifest }, default));
    }

    [Fact]
    public async Task A_download_that_was_cut_short_is_removed_when_nobody_needs_it()
    {
        var image = Sample.Contents("1");
        var stack = new Stack(new InstanceManifest { Image = "web", Version = "1", ImageDigest = image.Manifest }, image.Layers, image.Service);
        var (needed, useless) = (Part(image.Layers[0].Digest), Part(Sample.Layer("other").Digest));
        await _provision.Collect(() => null, default);
        Assert.True(File.Exists(useless), "what is needed was not known");
        await _provision.Collect(() => [stack], default);
        Assert.Equal((true, false), (File.Exists(needed), File.Exists(useless)));
        await _provision.Collect(() => ImmutableArray<Stack>.Empty, default);
        Assert.False(File.Exists(needed));
    }

    private string Part(Digest blob)
    {
        var path = Path.Combine(_content.Root, "ingest", PartialContent.NameOf(blob));
        File.WriteAllText(path, "part");
        return path;
    }
}
