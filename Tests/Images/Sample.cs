using System.Collections.Immutable;
using System.Security.Cryptography;

namespace Fleet.Images;

/// <summary>Things that many tests need one of.</summary>
internal static class Sample
{
    public static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    public const string Ssl = "pkg:deb/debian/libssl3";

    public static readonly ServiceDefinition Service = new()
    {
        Command = ["/usr/sbin/nginx"],
        Ports = [new ServicePort("https", 443)],
        Probe = new HealthProbe { Kind = ProbeKind.Http, Port = "https", Tls = true, Path = "/health" },
    };

    public static Digest Digest(string text) => Images.Digest.Of(System.Text.Encoding.UTF8.GetBytes(text));

    public static ECDsa Key() => ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public static Patch Layer(string version = "v1", string image = "web") => new()
    {
        Id = $"to-{version}",
        Kind = PatchKind.Layer,
        Image = image,
        Issued = Noon,
        Expires = Noon.AddDays(30),
        Target = new VersionTarget(version, new Descriptor(MediaTypes.ImageManifest, Digest(image + version), 500)),
    };

    public static Patch Hotfix(string from = "3.0.17", string to = "3.0.20", string component = Ssl, string image = "web") => new()
    {
        Id = $"fix-{to}",
        Kind = PatchKind.Hotfix,
        Image = image,
        Issued = Noon,
        Expires = Noon.AddDays(30),
        Fixes = ["CVE-2026-0001"],
        Swap = new ComponentSwap(component, from, to, new Descriptor(MediaTypes.LayerGzip, Digest(component + to), 900), ["usr/lib/libssl.so.3"]),
    };

    public static ImageContents Image(string version = "v1", string ssl = "3.0.17", string image = "web") => new()
    {
        Image = image,
        Version = version,
        Manifest = Digest(image + version),
        Layers = [new Descriptor(MediaTypes.LayerGzip, Digest("base"), 100)],
        Service = Service,
        Components = ImmutableSortedDictionary.CreateRange(StringComparer.Ordinal, new[] { KeyValuePair.Create(Ssl, ssl), KeyValuePair.Create("pkg:deb/debian/zlib1g", "1:1.2.13") }),
    };
}
