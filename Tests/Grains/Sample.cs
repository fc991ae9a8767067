using System.Security.Cryptography;
using Fleet.Images;
using Fleet.Instances;

namespace Fleet.Tests;

/// <summary>One image with two versions, and the patches that tests apply.</summary>
internal static class Sample
{
    public const string Image = "web";
    public const string Libssl = "pkg:deb/debian/libssl3";

    public static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    public static readonly ECDsa Key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public static readonly ImageVersionFacts One = Version("1.0", "libssl3", "3.0.1");
    public static readonly ImageVersionFacts Two = Version("2.0", "libssl3", "3.0.2");

    public static Patch Layer(string id, ImageVersionFacts version, bool reversible = true) => new()
    {
        Id = id,
        Kind = PatchKind.Layer,
        Image = Image,
        Issued = Noon.AddDays(-1),
        Expires = Noon.AddDays(30),
        Reversible = reversible,
        Target = new VersionTarget(version.Version, new Descriptor(MediaTypes.ImageManifest, Digest.Parse(version.Digest), 1)),
    };

    public static Patch Hotfix(string id, string to, bool reversible = true, DateTimeOffset? expires = null) => new()
    {
        Id = id,
        Kind = PatchKind.Hotfix,
        Image = Image,
        Issued = Noon.AddDays(-1),
        Expires = expires ?? Noon.AddDays(30),
        Reversible = reversible,
        Swap = new ComponentSwap(Libssl, "3.0.1", to, new Descriptor(MediaTypes.LayerGzip, Digest.Of(Bytes(id)), 1), ["usr/lib/libssl.so.3"]),
    };

    public static ImmutableArray<byte> Sign(Patch patch, ECDsa? key = null) => [.. SignedPatch.Sign(patch, key ?? Key)];

    public static PatchView View(Patch patch, bool quarantined = false) => new()
    {
        Id = patch.Id,
        Image = patch.Image,
        Kind = patch.Kind == PatchKind.Layer ? "layer" : "hotfix",
        Envelope = [1, 2, 3],
        Reversible = patch.Reversible,
        Quarantined = quarantined,
        QuarantineReason = quarantined ? "broke something" : "",
    };

    public static ApplyPatch Ask(string change, string patch) => new()
    {
        Change = change,
        Image = Image,
        Patch = patch,
        Bake = TimeSpan.FromSeconds(10),
        KeepOld = TimeSpan.Zero,
        Within = TimeSpan.FromMinutes(15),
        By = "ada",
    };

    private static ImageVersionFacts Version(string version, string package, string installed) => new()
    {
        Version = version,
        Digest = Digest.Of(Bytes(version)).ToString(),
        Components = [$"pkg:deb/debian/{package}@{installed}", "pkg:deb/debian/nginx@1.22.1"],
        Ports = ["http"],
    };

    private static byte[] Bytes(string text) => System.Text.Encoding.UTF8.GetBytes(text);
}
