using System.Collections.Immutable;

namespace Fleet.Images;

public sealed class HotfixBuilderTests : IDisposable
{
    private readonly Temp _temp = new();
    private readonly ContentStore _store;

    public HotfixBuilderTests() => _store = new ContentStore(_temp["store"]);

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task A_hotfix_has_programs_and_libraries_and_the_record_and_nothing_else()
    {
        var swap = await Build("1.0-1", Debs.Make(_temp, "libone", "1.0-2", "lib/x86_64-linux-gnu/libone.so.1", "etc/libone.conf", "lib/systemd/system/one.service"));

        Assert.Equal(("pkg:deb/debian/libone", "1.0-1", "1.0-2"), (swap.Component, swap.FromVersion, swap.ToVersion));
        Assert.Equal(["usr/lib/x86_64-linux-gnu/libone.so.1"], swap.Files);
        Root.Required();
        var root = await new LayerStore(_temp["layers"]).Unpack(swap.Layer, _store);
        Assert.Equal(
            ["usr/lib/x86_64-linux-gnu/libone.so.1", "var/lib/dpkg/status.d/libone"],
            Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(root, file)).Order(StringComparer.Ordinal));
        Assert.Equal(new DebianPackage("libone", "1.0-2", "amd64", "libone"), Assert.Single(DpkgDatabase.Read(root)));
    }

    [Fact]
    public async Task Packages_of_one_source_go_together()
    {
        var swap = await Build("1.0-1", Debs.MakeOf(_temp, "one", "libone", "1.0-2", "usr/lib/libone.so.1"), Debs.MakeOf(_temp, "one", "one-bin", "1.0-2", "usr/bin/one"));
        Assert.Equal(["usr/bin/one", "usr/lib/libone.so.1"], swap.Files);
        Assert.Equal("pkg:deb/debian/libone", swap.Component);
    }

    [Fact]
    public async Task The_patch_of_a_hotfix_can_be_signed_and_applied()
    {
        var swap = await Build("3.0.17", Debs.Make(_temp, "libssl3", "3.0.20", "usr/lib/libssl.so.3"));
        using var key = Sample.Key();

        var verified = SignedPatch.Verify(SignedPatch.Sign(Sample.Hotfix() with { Swap = swap }, key), [key], Sample.Noon);

        Assert.Equal(swap.Layer, verified.Patch!.Swap!.Layer);
    }

    [Fact]
    public async Task What_is_no_hotfix_is_refused_by_name()
    {
        Assert.Equal("packages", (await Refused("1.0-1")).Field);
        Assert.Equal("fromVersion", (await Refused("1.0-2", Debs.Make(_temp, "libone", "1.0-2", "usr/lib/x"))).Field);
        Assert.Equal("packages", (await Refused("1.0-1", Debs.Make(_temp, "libdoc", "1.0-2"))).Field);
        Assert.Equal("packages", (await Refused("1.0-1", Debs.Make(_temp, "libone", "1.0-2", "usr/lib/x"), Debs.Make(_temp, "libtwo", "1.0-2", "usr/lib/y"))).Field);
    }

    private Task<ComponentSwap> Build(string from, params ImmutableArray<string> packages) =>
        HotfixBuilder.Build(new HotfixRecipe { Packages = packages, FromVersion = from, Created = Sample.Noon }, _store);

    private Task<ContentException> Refused(string from, params ImmutableArray<string> packages) => Assert.ThrowsAsync<ContentException>(() => Build(from, packages));
}
