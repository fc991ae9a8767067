using System.Collections.Immutable;
using Fleet.Images;

namespace Fleet.Agent.Delivery;

/// <summary>Images, patches and directives for tests of delivery.</summary>
internal static class Sample
{
    public const string Instance = "web";
    public const string Component = "pkg:deb/debian/libssl3";
    public static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static long s_generation;

    public static Descriptor Layer(string name) => new(MediaTypes.LayerGzip, Digest.Of(System.Text.Encoding.UTF8.GetBytes(name)), name.Length);

    public static ServiceDefinition Service(string version) => new()
    {
        Command = ["/bin/web"],
        Ports = [new ServicePort("http", 80)],
        Probe = new HealthProbe { Kind = ProbeKind.Http, Port = "http" },
        ReExec = version.Contains("again", StringComparison.Ordinal) ? new ReExec(["/bin/again"], TimeSpan.FromSeconds(5)) : null,
        TwoMayRun = !version.Contains("alone", StringComparison.Ordinal),
    };

    public static ImageContents Contents(string version) => new()
    {
        Image = "web",
        Version = version,
        Manifest = Manifest(version).Digest,
        Layers = [Layer("base"), Layer("app-" + version)],
        Service = Service(version),
        Components = ImmutableSortedDictionary<string, string>.Empty.Add(Component, "3.0.17"),
    };

    public static Patch To(string version) => new()
    {
        Id = "to-" + version, Kind = PatchKind.Layer, Image = "web", Issued = Noon, Expires = Noon.AddDays(1),
        Target = new VersionTarget(version, Manifest(version)),
    };

    public static Patch Hotfix(string toVersion = "3.0.20", int files = 2) => new()
    {
        Id = "hotfix-" + toVersion, Kind = PatchKind.Hotfix, Image = "web", Issued = Noon, Expires = Noon.AddDays(1),
        Swap = new ComponentSwap(Component, "3.0.17", toVersion, Layer("ssl-" + toVersion), [.. Enumerable.Range(0, files).Select(i => $"usr/lib/{i}.so")]),
    };

    public static Happening.Directed Apply(InstanceState state, string change, Patch patch, TimeSpan? keep = null, long? generation = null, string? directive = null)
    {
        var image = Contents(patch.Target?.Version ?? state.Manifest?.Version ?? "1");
        var expected = Manifests.Apply(state.Manifest, patch, image, [new PublishedPort(8080, "http")]).Manifest ?? state.Manifest!;
        var apply = new DirectiveAction.Apply(default, expected, TimeSpan.FromSeconds(10), keep ?? TimeSpan.FromSeconds(5));
        return Directed(state, change, apply, new VerifiedPatch(patch, "key", EnvelopeRefusal.None, ""), generation, directive);
    }

    public static Happening.Directed RollBack(InstanceState state, string change, string undoes) => Directed(state, change, new DirectiveAction.RollBack(undoes, "asked"), null);

    public static Happening.Directed Commit(InstanceState state, string change) => Directed(state, change, new DirectiveAction.Commit(), null);

    private static Happening.Directed Directed(InstanceState state, string change, DirectiveAction action, VerifiedPatch? verified, long? generation = null, string? directive = null) => new(
        new Directive(directive ?? $"{change}-{action.GetType().Name}-{Interlocked.Increment(ref s_generation)}", Instance, generation ?? state.Generation + 1, TimeSpan.FromMinutes(1), change, action),
        verified,
        state.Manifest is { } manifest ? Contents(manifest.Version) : null);

    private static Descriptor Manifest(string version) => new(MediaTypes.ImageManifest, Digest.Of(System.Text.Encoding.UTF8.GetBytes("manifest-" + version)), 10);
}
