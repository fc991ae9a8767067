using System.Formats.Tar;
using System.IO.Compression;

namespace Fleet.Images;

public sealed class LayerPackerTests : IDisposable
{
    private readonly Temp _temp = new();
    private readonly ContentStore _store;

    public LayerPackerTests() => _store = new ContentStore(_temp["store"]);

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task The_same_tree_gives_the_same_bytes_wherever_and_whenever_it_is()
    {
        foreach (var tree in new[] { "one", "two" })
        {
            foreach (var file in tree == "one" ? ["b/y", "a", "b/x"] : new[] { "b/x", "b/y", "a" }) _temp.Write($"{tree}/{file}", file);
            File.CreateSymbolicLink(_temp[$"{tree}/link"], "a");
        }
        File.SetLastWriteTimeUtc(_temp["two/a"], new DateTime(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc));

        var one = await Pack("one");
        var two = await Pack("two");

        Assert.Equal(one.Blob, two.Blob);
        Assert.Equal(one.DiffId, two.DiffId);
        Assert.Equal(["a", "b/x", "b/y", "link"], one.Files);
        Assert.NotEqual(one.Blob, (await Pack("one", new() { Modified = Sample.Noon })).Blob);
    }

    [Fact]
    public async Task Entries_are_sorted_and_have_the_time_and_the_numeric_owner_given()
    {
        Root.Required();
        _temp.Write("tree/b", "b");
        _temp.Write("tree/a/x", "x");
        Linux.SetOwner(_temp["tree/b"], 33, 44);

        var entries = await Entries(await Pack("tree", new() { Modified = Sample.Noon }));

        Assert.Equal(["a/", "a/x", "b"], entries.Select(e => e.Name));
        Assert.Equal((33, 44), (entries[2].Uid, entries[2].Gid));
        Assert.All(entries, e => Assert.Equal(Sample.Noon, e.ModificationTime));
        Assert.All(entries, e => Assert.Equal(("", ""), (((PosixTarEntry)e).UserName, ((PosixTarEntry)e).GroupName)));
        Assert.All(await Entries(await Pack("tree", new() { RootOwned = true })), e => Assert.Equal((0, 0), (e.Uid, e.Gid)));
    }

    [Fact]
    public async Task What_is_in_lib_goes_to_usr_lib_and_the_root_gets_its_links()
    {
        _temp.Write("tree/lib/x86_64-linux-gnu/libz.so.1", "z");
        _temp.Write("tree/usr/lib/x86_64-linux-gnu/libc.so.6", "c");
        _temp.Write("tree/bin/sh", "sh");

        var entries = await Entries(await Pack("tree", new() { RootLinks = true }));

        Assert.Equal(
            ["bin", "lib", "lib64", "sbin", "usr/", "usr/bin/", "usr/bin/sh", "usr/lib/", "usr/lib/x86_64-linux-gnu/", "usr/lib/x86_64-linux-gnu/libc.so.6", "usr/lib/x86_64-linux-gnu/libz.so.1"],
            entries.Select(e => e.Name));
        Assert.Equal((TarEntryType.SymbolicLink, "usr/lib"), (entries[1].EntryType, entries[1].LinkName));
    }

    [Fact]
    public async Task A_tree_that_is_merged_already_stays_so()
    {
        _temp.Write("tree/usr/lib/x", "x");
        File.CreateSymbolicLink(_temp["tree/lib"], "usr/lib");

        var entries = await Entries(await Pack("tree"));

        Assert.Equal(["lib", "usr/", "usr/lib/", "usr/lib/x"], entries.Select(e => e.Name));
        Assert.Equal(TarEntryType.SymbolicLink, entries[0].EntryType);
    }

    [Fact]
    public async Task A_file_in_lib_and_in_usr_lib_is_refused()
    {
        _temp.Write("tree/lib/x", "1");
        _temp.Write("tree/usr/lib/x", "2");
        Assert.Contains("usr/lib/x", (await Refused("tree")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_two_trees_the_later_wins_but_a_directory_is_no_file()
    {
        _temp.Write("one/etc/a", "old");
        _temp.Write("two/etc/a", "new!");
        _temp.Write("three/etc", "file");

        var entries = await Entries(await LayerPacker.Pack(_store, [_temp["one"], _temp["two"]], new()));
        Assert.Equal(4, entries.Single(e => e.Name == "etc/a").Length);
        await Assert.ThrowsAsync<ContentException>(() => LayerPacker.Pack(_store, [_temp["one"], _temp["three"]], new()));
    }

    [Fact]
    public async Task Names_of_one_file_become_hard_links()
    {
        _temp.Write("tree/b", "same");
        Linux.HardLink(_temp["tree/b"], _temp["tree/a"]);
        Linux.HardLink(_temp["tree/b"], _temp["tree/c"]);

        var entries = await Entries(await Pack("tree"));

        Assert.Equal([(TarEntryType.RegularFile, ""), (TarEntryType.HardLink, "a"), (TarEntryType.HardLink, "a")], entries.Select(e => (e.EntryType, e.LinkName)));
    }

    [Fact]
    public async Task A_removal_becomes_a_whiteout()
    {
        _temp.Write("tree/etc/new", "new");
        var entries = await Entries(await Pack("tree", new() { Removals = ["lib/old", "etc/old", "top"] }));

        Assert.Equal(["etc/", "etc/new", ".wh.top", "etc/.wh.old", "usr/lib/.wh.old"], entries.OrderBy(e => e.Name.Contains(".wh.", StringComparison.Ordinal)).ThenBy(e => e.Name, StringComparer.Ordinal).Select(e => e.Name));
        await Assert.ThrowsAsync<ContentException>(() => Pack("tree", new() { Removals = ["../x"] }));
        await Assert.ThrowsAsync<ContentException>(() => Pack("tree", new() { Removals = ["etc/new"] }));
    }

    [Fact]
    public async Task What_is_excluded_is_left_out_with_all_below_it()
    {
        _temp.Write("tree/usr/share/doc/x", "doc");
        _temp.Write("tree/usr/bin/x", "x");
        Assert.Equal(["usr/bin/x"], (await Pack("tree", new() { Include = path => path != "usr/share/doc" })).Files);
    }

    [Fact]
    public async Task Long_names_and_long_links_survive()
    {
        var longName = string.Join('/', Enumerable.Repeat(new string('n', 60), 5));
        _temp.Write($"tree/{longName}/file", "x");
        File.CreateSymbolicLink(_temp["tree/link"], longName + "/file");

        var entries = await Entries(await Pack("tree"));

        Assert.Contains(entries, e => e.Name == longName + "/file");
        Assert.Equal(longName + "/file", entries.Single(e => e.Name == "link").LinkName);
    }

    [Fact]
    public async Task A_tree_with_what_no_layer_has_is_refused_and_leaves_nothing()
    {
        _temp.Write("wh/.wh.x", "");
        _temp.Make("fifo");
        Shell.Run("mkfifo", [_temp["fifo/pipe"]]);

        Assert.Contains(".wh.x", (await Refused("wh")).Message, StringComparison.Ordinal);
        Assert.Contains("pipe", (await Refused("fifo")).Message, StringComparison.Ordinal);
    }

    private Task<PackedLayer> Pack(string tree, LayerOptions? options = null) => LayerPacker.Pack(_store, [_temp[tree]], options ?? new());

    private async Task<ContentException> Refused(string tree)
    {
        var e = await Assert.ThrowsAsync<ContentException>(() => Pack(tree));
        Assert.Equal(ContentFault.Malformed, e.Fault);
        Assert.Empty(_store.List());
        return e;
    }

    private async Task<List<TarEntry>> Entries(PackedLayer layer)
    {
        var entries = new List<TarEntry>();
        await using var gzip = new GZipStream(_store.Open(layer.Blob.Digest), CompressionMode.Decompress);
        await using var tar = new TarReader(gzip);
        while (await tar.GetNextEntryAsync(copyData: true) is { } entry) entries.Add(entry);
        return entries;
    }
}
