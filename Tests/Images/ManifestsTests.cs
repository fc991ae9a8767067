using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace Fleet.Images;

public sealed class ManifestsTests
{
    private static readonly PublishedPort[] Ports = [new(8443, "https")];

    [Fact]
    public void The_first_layer_patch_installs_with_its_ports()
    {
        var installed = Installed();

        Assert.Equal(("web", "v1", Sample.Image().Manifest), (installed.Image, installed.Version, installed.ImageDigest));
        Assert.Equal(Ports, installed.Ports);
        Assert.Empty(installed.Hotfixes);
    }

    [Fact]
    public void A_hotfix_goes_on_top_and_says_what_it_replaced()
    {
        var fixedUp = Fixed();

        Assert.Equal(new Hotfix("fix-3.0.20", Sample.Ssl, "3.0.17", "3.0.20", Sample.Hotfix().Swap!.Layer.Digest), Assert.Single(fixedUp.Hotfixes));
        Assert.Equal("v1", fixedUp.Version);
    }

    [Fact]
    public void A_newer_hotfix_of_the_same_component_replaces_the_older()
    {
        var twice = Manifests.Apply(Fixed(), Sample.Hotfix("3.0.20", "3.0.22"), Sample.Image(), []).Manifest!;

        Assert.Equal(("3.0.20", "3.0.22"), (Assert.Single(twice.Hotfixes).FromVersion, twice.Hotfixes[0].ToVersion));
    }

    [Fact]
    public void Hotfixes_of_two_components_stand_side_by_side()
    {
        var zlib = Sample.Hotfix("1:1.2.13", "1:1.3", "pkg:deb/debian/zlib1g");
        Assert.Equal(2, Manifests.Apply(Fixed(), zlib, Sample.Image(), []).Manifest!.Hotfixes.Length);
    }

    [Fact]
    public void A_hotfix_may_skip_versions_but_never_go_back()
    {
        Assert.Equal(PatchRefusal.None, Manifests.Apply(Installed(), Sample.Hotfix("3.0.20", "3.0.22"), Sample.Image(), []).Refusal);
        Assert.Equal(PatchRefusal.ComponentVersion, Apply(Fixed(), Sample.Hotfix("3.0.17", "3.0.18")));
        Assert.Equal(PatchRefusal.AlreadyInForce, Apply(Fixed(), Sample.Hotfix()));
    }

    [Fact]
    public void Refusals_say_why()
    {
        Assert.Equal(PatchRefusal.NothingInstalled, Apply(null, Sample.Hotfix()));
        Assert.Equal(PatchRefusal.ComponentAbsent, Apply(Installed(), Sample.Hotfix(component: "pkg:deb/debian/libxml2")));
        Assert.Equal(PatchRefusal.OtherImage, Apply(Installed(), Sample.Hotfix(image: "db")));
        Assert.Equal(PatchRefusal.OtherImage, Apply(Installed(), Sample.Layer(image: "db")));
        Assert.Equal(PatchRefusal.AlreadyInForce, Apply(Installed(), Sample.Layer()));
        Assert.Equal(PatchRefusal.OtherImage, Manifests.Apply(null, Sample.Layer("v1", "web"), Sample.Image() with { Image = "db" }, []).Refusal);
        Assert.Contains("libxml2", Manifests.Apply(Installed(), Sample.Hotfix(component: "pkg:deb/debian/libxml2"), Sample.Image(), []).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void An_image_that_will_not_run_is_the_callers_mistake() =>
        Assert.Throws<ArgumentException>(() => Manifests.Apply(Installed(), Sample.Layer("v2"), Sample.Image("v1"), []));

    [Theory]
    [InlineData("3.0.17", 1)]
    [InlineData("3.0.19", 1)]
    [InlineData("3.0.20", 0)]
    [InlineData("3.0.22", 0)]
    public void A_hotfix_stays_through_an_update_unless_the_base_brings_as_much(string baseVersion, int left)
    {
        var updated = Manifests.Apply(Fixed(), Sample.Layer("v2"), Sample.Image("v2", baseVersion), []).Manifest!;

        Assert.Equal(left, updated.Hotfixes.Length);
        Assert.Equal(Ports, updated.Ports);
    }

    [Fact]
    public void A_hotfix_goes_when_the_new_version_lost_its_component()
    {
        var without = Sample.Image("v2") with { Components = Sample.Image().Components.Remove(Sample.Ssl) };
        Assert.Empty(Manifests.Apply(Fixed(), Sample.Layer("v2"), without, []).Manifest!.Hotfixes);
    }

    // What an instance effectively runs never gets older by applying patches, in whatever order they come.
    [Property(MaxTest = 1000)]
    public Property No_history_of_patches_takes_a_fix_away() => Prop.ForAll(History(), history =>
    {
        InstanceManifest? now = null;
        var bases = new Dictionary<string, string>();
        var fixedTo = "";
        foreach (var (hotfix, a, b) in history)
        {
            var from = $"3.0.{Math.Min(a, b)}";
            var to = $"3.0.{Math.Max(a, b) + 1}";
            var version = $"v{a}-{b}";
            var patch = hotfix ? Sample.Hotfix(from, to) : Sample.Layer(version);
            if (!hotfix) bases[version] = from;
            var image = hotfix ? Sample.Image(now?.Version ?? "none", now is null ? "0" : bases[now.Version]) : Sample.Image(version, from);
            if (Manifests.Apply(now, patch, image, []).Manifest is not { } next) continue;

            now = next;
            // A base may take a fix's place only by bringing as much; then that base is what is given up when leaving it.
            var runs = now.Hotfixes.SingleOrDefault()?.ToVersion ?? bases[now.Version];
            if (hotfix) fixedTo = to;
            else if (now.Hotfixes.IsEmpty && DebianVersion.Compare(runs, fixedTo) >= 0) fixedTo = "";
            if (DebianVersion.Compare(runs, fixedTo) < 0 || now.Hotfixes.Length > 1) return false;
        }
        return true;
    });

    private static Arbitrary<IList<(bool Hotfix, int A, int B)>> History() =>
        (from hotfix in Gen.Elements(true, false) from a in Gen.Choose(0, 12) from b in Gen.Choose(0, 12) select (hotfix, a, b)).ListOf().Select(l => (IList<(bool, int, int)>)l).ToArbitrary();

    private static InstanceManifest Installed() => Manifests.Apply(null, Sample.Layer(), Sample.Image(), [.. Ports]).Manifest!;

    private static InstanceManifest Fixed() => Manifests.Apply(Installed(), Sample.Hotfix(), Sample.Image(), []).Manifest!;

    private static PatchRefusal Apply(InstanceManifest? current, Patch patch) => Manifests.Apply(current, patch, Sample.Image(), []).Refusal;
}
