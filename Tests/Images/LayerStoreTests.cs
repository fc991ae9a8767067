using System.Formats.Tar;
using System.IO.Compression;
using System.Text;

namespace Fleet.Images;

/// <summary>Unpacking needs root: it sets owners and makes overlay's marks.</summary>
public sealed class LayerStoreTests : IDisposable
{
    private readonly Temp _temp = new();
    private readonly LayerStore _layers;

    public LayerStoreTests()
    {
        Root.Required();
        _layers = new LayerStore(_temp["layers"]);
    }

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task A_tree_comes_back_as_it_was_packed()
    {
        _temp.Write("tree/usr/bin/tool", "tool");
        File.SetUnixFileMode(_temp["tree/usr/bin/tool"], (UnixFileMode)Convert.ToInt32("4755", 8));
        _temp.Write("tree/var/log/own", "own");
        Linux.SetOwner(_temp["tree/var/log"], 33, 33);
        File.SetUnixFileMode(_temp["tree/var/log"], (UnixFileMode)Convert.ToInt32("1750", 8));
        Linux.HardLink(_temp["tree/usr/bin/tool"], _temp["tree/usr/bin/twin"]);
        File.CreateSymbolicLink(_temp["tree/usr/lib"], "/absolute/is/inside");
        var store = new ContentStore(_temp["store"]);
        var packed = await LayerPacker.Pack(store, [_temp["tree"]], new() { Modified = Sample.Noon });

        var root = await _layers.Unpack(packed.Blob, store);

        Assert.Equal(_layers.PathOf(packed.Blob.Digest), root);
        Assert.Equal("tool", File.ReadAllText($"{root}/usr/bin/twin"));
        Assert.Equal(Linux.Status($"{root}/usr/bin/tool").Inode, Linux.Status($"{root}/usr/bin/twin").Inode);
        Assert.Equal("4755", Convert.ToString((int)File.GetUnixFileMode($"{root}/usr/bin/tool"), 8));
        Assert.Equal("1750", Convert.ToString((int)File.GetUnixFileMode($"{root}/var/log"), 8));
        Assert.Equal((33u, 33u), (Linux.Status($"{root}/var/log").Uid, Linux.Status($"{root}/var/log").Gid));
        Assert.Equal("/absolute/is/inside", new FileInfo($"{root}/usr/lib").LinkTarget);
        Assert.Equal(Sample.Noon.UtcDateTime, File.GetLastWriteTimeUtc($"{root}/usr/bin/tool"));
        Assert.Equal([packed.Blob.Digest], _layers.List());
    }

    [Fact]
    public async Task Unpacking_again_uses_what_is_there()
    {
        var (layer, bytes) = Layer(Text("a", "1"));
        var root = await _layers.Unpack(layer, new MemoryStream(bytes));
        File.WriteAllText($"{root}/mark", "");

        Assert.Equal(root, await _layers.Unpack(layer, new MemoryStream([])));
        Assert.True(File.Exists($"{root}/mark"));
    }

    [Fact]
    public async Task Removals_become_what_overlayfs_understands()
    {
        var (layer, bytes) = Layer(Text("etc/.wh.old", ""), Text("opt/.wh..wh..opq", ""), Text("opt/new", "new"));
        var root = await _layers.Unpack(layer, new MemoryStream(bytes));
        _temp.Write("base/etc/old", "old");
        _temp.Write("base/etc/kept", "kept");
        _temp.Write("base/opt/hidden", "hidden");
        _temp.Make("merged");

        Shell.Run("mount", ["-t", "overlay", "overlay", "-o", $"lowerdir={root}:{_temp["base"]}", _temp["merged"]]);
        try
        {
            Assert.Equal(["kept"], Directory.EnumerateFileSystemEntries(_temp["merged/etc"]).Select(Path.GetFileName));
            Assert.Equal(["new"], Directory.EnumerateFileSystemEntries(_temp["merged/opt"]).Select(Path.GetFileName));
        }
        finally
        {
            Shell.Run("umount", [_temp["merged"]]);
        }
    }

    [Fact]
    public async Task An_uncompressed_layer_is_read_too()
    {
        var bytes = Archive(Text("a", "1"));
        var root = await _layers.Unpack(new Descriptor(MediaTypes.Layer, Digest.Of(bytes), bytes.Length), new MemoryStream(bytes));
        Assert.Equal("1", File.ReadAllText($"{root}/a"));
    }

    [Fact]
    public Task A_tampered_layer_is_refused()
    {
        var (layer, bytes) = Layer(Text("a", "content"), Text("b", "content"));
        bytes[bytes.Length / 2] ^= 1;
        return Refused(ContentFault.Mismatch, layer, bytes);
    }

    [Fact]
    public async Task Any_layer_with_one_byte_changed_is_refused()
    {
        var (layer, bytes) = Layer(Text("etc/a", "content"), Link("b", "etc/a"));
        for (var i = 0; i < bytes.Length; i++)
        {
            var tampered = bytes.ToArray();
            tampered[i] ^= 0x10;
            await Refused(ContentFault.Mismatch, layer, tampered);
        }
    }

    [Fact]
    public async Task Another_layer_than_named_is_refused()
    {
        var (layer, _) = Layer(Text("a", "1"));
        var (_, other) = Layer(Text("a", "2"));
        await Refused(ContentFault.Mismatch, layer, other);
        await Refused(ContentFault.Mismatch, layer, []);
    }

    [Fact]
    public async Task A_wrong_size_is_refused()
    {
        var (layer, bytes) = Layer(Text("a", "1"));
        await Refused(ContentFault.Mismatch, layer with { Size = layer.Size + 1 }, bytes);
    }

    [Fact]
    public async Task A_layer_cut_off_anywhere_is_refused_even_when_its_digest_fits()
    {
        var (_, bytes) = Layer(Text("a", "content"), Text("b", "more content"));
        var whole = Length(bytes);
        for (var length = 0; Length(bytes[..length]) < whole; length++)
        {
            var cut = bytes[..length];
            await Refused(ContentFault.Malformed, new Descriptor(MediaTypes.LayerGzip, Digest.Of(cut), cut.Length), cut);
        }

        static long Length(byte[] gzip)
        {
            using var archive = new MemoryStream();
            using var stream = new GZipStream(new MemoryStream(gzip), CompressionMode.Decompress);
            stream.CopyTo(archive);
            return archive.Length;
        }
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("a/../../x")]
    [InlineData("/x")]
    [InlineData("a//x")]
    [InlineData("a/./x")]
    [InlineData("..")]
    public async Task A_path_out_of_the_layer_is_refused(string path)
    {
        await Refused(Text(path, "evil"));
        await Refused(new GnuTarEntry(TarEntryType.SymbolicLink, path) { LinkName = "a" });
    }

    [Fact]
    public Task Writing_through_a_link_is_refused() => Refused(Link("etc", "/"), Text("etc/x", "evil"));

    [Fact]
    public Task Writing_through_a_file_is_refused() => Refused(Text("etc", ""), Text("etc/x", "evil"));

    [Fact]
    public Task Writing_over_a_link_is_refused() => Refused(Link("x", "/etc/passwd"), Text("x", "evil"));

    [Fact]
    public Task Writing_a_removal_through_a_link_is_refused() => Refused(Link("etc", "/"), Text("etc/.wh.x", ""));

    [Fact]
    public Task Making_what_is_behind_a_link_opaque_is_refused() => Refused(Link("etc", "/"), Text("etc/.wh..wh..opq", ""));

    [Theory]
    [InlineData("a", "..")]
    [InlineData("a/b", "../../x")]
    [InlineData("a/b", "../c/../../x")]
    public Task A_link_that_climbs_out_is_refused(string path, string target) => Refused(Link(path, target));

    [Fact]
    public async Task A_link_within_the_layer_is_fine()
    {
        var (layer, bytes) = Layer(Link("usr/lib/libz.so", "libz.so.1"), Link("etc/up", "../usr"), Link("abs", "/etc/up"));
        await _layers.Unpack(layer, new MemoryStream(bytes));
    }

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("../etc/passwd")]
    [InlineData("absent")]
    [InlineData("link")]
    [InlineData("dir")]
    public Task A_hard_link_to_anything_but_a_file_of_the_layer_is_refused(string target) => Refused(
        Link("link", "/etc/passwd"), new GnuTarEntry(TarEntryType.Directory, "dir/"), new GnuTarEntry(TarEntryType.HardLink, "hard") { LinkName = target });

    [Theory]
    [InlineData(TarEntryType.CharacterDevice)]
    [InlineData(TarEntryType.BlockDevice)]
    [InlineData(TarEntryType.Fifo)]
    public Task Devices_and_pipes_are_refused(TarEntryType type) => Refused(new GnuTarEntry(type, "dev/x"));

    [Fact]
    public async Task A_path_twice_is_refused()
    {
        await Refused(Text("a", "1"), Text("a", "2"));
        await Refused(Text("a", "1"), Text("./a", "2"));
        await Refused(Text("a", "1"), Text(".wh.a", ""));
        await Refused(Text("a", "1"), new GnuTarEntry(TarEntryType.Directory, "a/"));
        await Refused(new GnuTarEntry(TarEntryType.Directory, "a/"), new GnuTarEntry(TarEntryType.Directory, "a/"));
    }

    [Theory]
    [InlineData(".wh.")]
    [InlineData("a/.wh...")]
    [InlineData(".wh..wh.plnk")]
    public Task Removals_of_nothing_known_are_refused(string path) => Refused(Text(path, ""));

    [Fact]
    public async Task What_is_no_archive_is_refused()
    {
        var noise = new byte[3000];
        new Random(3).NextBytes(noise);
        await Refused(ContentFault.Malformed, new Descriptor(MediaTypes.LayerGzip, Digest.Of(noise), noise.Length), noise);
        await Refused(ContentFault.Malformed, new Descriptor(MediaTypes.Layer, Digest.Of(noise), noise.Length), noise);
        await Refused(ContentFault.Malformed, new Descriptor("application/zip", Digest.Of(noise), noise.Length), noise);
    }

    [Fact]
    public async Task Sweeping_removes_what_a_crash_left_and_no_layer()
    {
        var (layer, bytes) = Layer(Text("a", "1"));
        await _layers.Unpack(layer, new MemoryStream(bytes));
        _temp.Write($"layers/.aside-{new string('0', 64)}/half", "");

        _layers.Sweep();

        Assert.Equal([layer.Digest], _layers.List());
        Assert.Single(Directory.EnumerateFileSystemEntries(_temp["layers"]));
    }

    [Fact]
    public async Task A_crashed_try_is_begun_anew()
    {
        var (layer, bytes) = Layer(Text("a", "1"));
        _temp.Write($"layers/.aside-{layer.Digest.Hex}/a", "half");

        var root = await _layers.Unpack(layer, new MemoryStream(bytes));

        Assert.Equal("1", File.ReadAllText($"{root}/a"));
    }

    [Fact]
    public async Task A_deleted_layer_is_gone()
    {
        var (layer, bytes) = Layer(Text("a/b", "1"), Text("a/.wh.c", ""));
        await _layers.Unpack(layer, new MemoryStream(bytes));

        Assert.True(_layers.Delete(layer.Digest));
        Assert.False(_layers.Delete(layer.Digest));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_temp["layers"]));
    }

    [Fact]
    public async Task A_full_disk_is_said_and_leaves_nothing()
    {
        var small = _temp.Make("small");
        Shell.Run("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", small]);
        try
        {
            var layers = new LayerStore(small);
            var (layer, bytes) = Layer(Text("a", new string('x', 200_000)));
            Assert.Equal(ContentFault.NoSpace, (await Assert.ThrowsAsync<ContentException>(() => layers.Unpack(layer, new MemoryStream(bytes)))).Fault);
            Assert.Empty(Directory.EnumerateFileSystemEntries(small));
        }
        finally
        {
            Shell.Run("umount", [small]);
        }
    }

    private static GnuTarEntry Text(string path, string text) =>
        new(TarEntryType.RegularFile, path) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)) };

    private static GnuTarEntry Link(string path, string target) => new(TarEntryType.SymbolicLink, path) { LinkName = target };

    private static byte[] Archive(params GnuTarEntry[] entries)
    {
        using var archive = new MemoryStream();
        using (var tar = new TarWriter(archive, TarEntryFormat.Gnu, leaveOpen: true))
            foreach (var entry in entries) tar.WriteEntry(entry);
        return archive.ToArray();
    }

    private static (Descriptor Layer, byte[] Bytes) Layer(params GnuTarEntry[] entries)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write(Archive(entries));
        var bytes = packed.ToArray();
        return (new Descriptor(MediaTypes.LayerGzip, Digest.Of(bytes), bytes.Length), bytes);
    }

    private Task Refused(params GnuTarEntry[] entries)
    {
        var (layer, bytes) = Layer(entries);
        return Refused(ContentFault.Malformed, layer, bytes);
    }

    private async Task Refused(ContentFault fault, Descriptor layer, byte[] bytes)
    {
        var e = await Assert.ThrowsAsync<ContentException>(() => _layers.Unpack(layer, new MemoryStream(bytes)));
        Assert.Equal(fault, e.Fault);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_temp["layers"]));
    }
}
