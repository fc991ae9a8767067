using System.Diagnostics;
using Fleet.Agent.Delivery;
using Fleet.Agent.Link;
using Fleet.Agent.Runtimes.Overlay;
using Fleet.Images;

namespace Fleet.Agent.Runtimes;

public sealed class NetworksTests : IDisposable
{
    private readonly Temporary _data = new();
    private readonly DeliveryOptions _options;
    private readonly Networks _networks;

    public NetworksTests()
    {
        _options = new DeliveryOptions { DataDirectory = _data.Path, PublisherKeys = [] };
        _networks = new Networks(_options);
    }

    public void Dispose() => _data.Dispose();

    [Fact]
    public void Each_slot_has_the_lowest_place_that_is_free_and_keeps_it()
    {
        Assert.Equal((0, 1, 2), (Take("web", 1), Take("web", 2), Take("db", 1)));
        Assert.Equal(1, Take("web", 2));
        Directory.Delete(Place("web", 1).Home, recursive: true);
        Assert.Equal(0, Take("db", 2));
        Assert.False(File.Exists(Place("db", 2).NetworkFile + ".new"));
    }

    [Fact]
    public void What_a_service_wrote_under_the_name_of_a_place_is_never_looked_at()
    {
        var place = Place("web", 1);
        foreach (var below in (string[])[place.VolumeOf("data"), place.Upper, Path.Combine(place.Upper, "etc")])
        {
            Directory.CreateDirectory(below);
            var file = Path.Combine(below, "network");
            if (below.EndsWith("data", StringComparison.Ordinal)) File.CreateSymbolicLink(file, "/dev/zero");
            else if (below.EndsWith("etc", StringComparison.Ordinal)) Pipe(file);
            else File.WriteAllText(file, "0");
        }
        Assert.Equal(0, Take("web", 2));
    }

    [Theory]
    [InlineData("")]
    [InlineData("no number")]
    public void A_place_that_can_not_be_read_is_not_given_to_another_slot(string content)
    {
        Directory.CreateDirectory(Place("web", 1).Home);
        File.WriteAllText(Place("web", 1).NetworkFile, content);
        Assert.Contains(Place("web", 1).NetworkFile, Assert.Throws<IOException>(() => Take("web", 2)).Message, StringComparison.Ordinal);
        Assert.Equal(0, Take("web", 1)); // its own slot is only just being made
        Assert.Equal(1, Take("web", 2));
    }

    [Fact]
    public void A_pipe_or_a_link_in_the_place_of_a_number_is_not_opened()
    {
        Directory.CreateDirectory(Place("web", 1).Home);
        Pipe(Place("web", 1).NetworkFile);
        Assert.Throws<IOException>(() => Take("web", 2));
        File.Delete(Place("web", 1).NetworkFile);
        File.CreateSymbolicLink(Place("web", 1).NetworkFile, "/dev/zero");
        Assert.Throws<IOException>(() => Take("web", 2));
    }

    [Fact]
    public void A_link_that_another_slot_has_or_may_have_is_known_as_such()
    {
        Take("web", 1);
        Assert.False(_networks.OtherHas(Place("web", 1, network: 0)));
        Assert.True(_networks.OtherHas(Place("web", 2, network: 0)));
        Assert.False(_networks.OtherHas(Place("web", 2, network: 1)));
        File.WriteAllText(Place("web", 1).NetworkFile, "");
        Assert.True(_networks.OtherHas(Place("web", 2, network: 1)));
    }

    private int Take(string instance, int slot)
    {
        Directory.CreateDirectory(Place(instance, slot).Home);
        return _networks.Take(Place(instance, slot));
    }

    private SlotPlace Place(string instance, int slot, int? network = null)
    {
        var image = Sample.Contents("1");
        var stack = new Stack(new InstanceManifest { Image = "web", Version = "1", ImageDigest = image.Manifest }, image.Layers, image.Service);
        return new SlotPlace(_options, instance, new SlotState { Id = slot, Stack = stack, Mounted = image.Layers, Network = network });
    }

    private static void Pipe(string path)
    {
        using var process = Process.Start("mkfifo", [path]);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
