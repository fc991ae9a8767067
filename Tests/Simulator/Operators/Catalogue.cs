using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using Fleet.Images;

namespace Fleet.Simulation;

/// <summary>How a version behaves once it runs.</summary>
internal enum Trait
{
    Well,
    DoesNotStart,
    NeverAnswers,
    SickUnderTraffic,
}

/// <summary>The image of the simulated world: its versions, good and bad, and their signed patches.</summary>
internal static class Catalogue
{
    public const string Image = "web";
    private const string Libssl = "pkg:deb/debian/libssl3";

    private static readonly (string Version, string Libssl, Trait Trait)[] Versions =
    [
        ("1.0", "3.0.1", Trait.Well),
        ("2.0", "3.0.2", Trait.Well),
        ("3.0-again", "3.0.1", Trait.Well),
        ("4.0-alone", "3.0.1", Trait.Well),
        ("5.0-dead", "3.0.1", Trait.DoesNotStart),
        ("6.0-silent", "3.0.1", Trait.NeverAnswers),
        ("7.0-sick", "3.0.1", Trait.SickUnderTraffic),
    ];

    private static readonly TestKey Key = new();

    public static string PublicKey { get; } = Key.ExportSubjectPublicKeyInfoPem();

    public static IReadOnlyList<Patch> Patches { get; } =
    [
        To("1.0"), To("2.0"), To("3.0-again"), To("4.0-alone"), To("5.0-dead"), To("6.0-silent"), To("7.0-sick"),
        To("2.0") with { Id = "oneway", Reversible = false },
        Hotfix("fix-two", "3.0.3", "usr/lib/libssl.so.3", "usr/lib/libcrypto.so.3"),
        Hotfix("fix-one", "3.0.4", "usr/lib/libssl.so.3"),
        Hotfix("fix-sick", "3.0.5-sick", "usr/lib/libssl.so.3"),
    ];

    public static IReadOnlyDictionary<string, byte[]> Envelopes { get; } = Patches.ToImmutableSortedDictionary(p => p.Id, p => SignedPatch.Sign(p, Key), StringComparer.Ordinal);

    public static IEnumerable<ImageVersionFacts> Facts => Versions.Select(v => new ImageVersionFacts
    {
        Version = v.Version,
        Digest = Manifest(v.Version).Digest.ToString(),
        Components = [$"{Libssl}@{v.Libssl}"],
        Ports = ["http"],
    });

    public static ECDsa NewVerifier() => ECDsa.Create(Key.ExportParameters(false));

    public static ImageContents Contents(string version)
    {
        var known = Versions.First(v => v.Version == version);
        return new()
        {
            Image = Image,
            Version = version,
            Manifest = Manifest(version).Digest,
            Layers = [Layer("base"), Layer($"app-{version}")],
            Service = Service(version),
            Components = ImmutableSortedDictionary<string, string>.Empty.Add(Libssl, known.Libssl),
        };
    }

    public static Trait TraitOf(InstanceManifest manifest) =>
        manifest.Hotfixes.Any(h => h.ToVersion.EndsWith("-sick", StringComparison.Ordinal)) ? Trait.SickUnderTraffic : Versions.First(v => v.Version == manifest.Version).Trait;

    private static ServiceDefinition Service(string version) => new()
    {
        Command = ["/bin/web"],
        Ports = [new ServicePort("http", 80)],
        Probe = new HealthProbe { Kind = ProbeKind.Http, Port = "http", Interval = TimeSpan.FromSeconds(2) },
        ReExec = version.EndsWith("-again", StringComparison.Ordinal) ? new ReExec(["/bin/again"], TimeSpan.FromSeconds(5)) : null,
        TwoMayRun = !version.EndsWith("-alone", StringComparison.Ordinal),
        StartTimeout = TimeSpan.FromSeconds(10),
    };

    private static Patch To(string version) => new()
    {
        Id = "to-" + version,
        Kind = PatchKind.Layer,
        Image = Image,
        Issued = Simulator.Noon.AddDays(-1),
        Expires = Simulator.Noon.AddDays(30),
        Target = new VersionTarget(version, Manifest(version)),
    };

    private static Patch Hotfix(string id, string to, params ImmutableArray<string> files) => new()
    {
        Id = id,
        Kind = PatchKind.Hotfix,
        Image = Image,
        Issued = Simulator.Noon.AddDays(-1),
        Expires = Simulator.Noon.AddDays(30),
        Swap = new ComponentSwap(Libssl, "3.0.1", to, Layer(id), files),
    };

    private static Descriptor Layer(string name) => new(MediaTypes.LayerGzip, Digest.Of(Encoding.UTF8.GetBytes(name)), name.Length);

    private static Descriptor Manifest(string version) => new(MediaTypes.ImageManifest, Digest.Of(Encoding.UTF8.GetBytes("manifest-" + version)), 10);

    /// <summary>
    /// The weakest key there is: its secret is 1, and so is the nonce of each signature. Signatures are sound ECDSA and equal
    /// in each run, which a random nonce would prevent.
    /// </summary>
    private sealed class TestKey : ECDsa
    {
        private static readonly byte[] X = Convert.FromHexString("6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296");
        private static readonly byte[] Y = Convert.FromHexString("4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5");
        private static readonly byte[] Order = Convert.FromHexString("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551");

        public override int KeySize => 256;

        public override ECParameters ExportParameters(bool includePrivateParameters) => new()
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = X, Y = Y },
        };

        // With nonce 1, r is the generator's x; with secret 1, s is the hash and r.
        public override byte[] SignHash(byte[] hash)
        {
            var order = new BigInteger(Order, isUnsigned: true, isBigEndian: true);
            var sum = (new BigInteger(hash, isUnsigned: true, isBigEndian: true) + new BigInteger(X, isUnsigned: true, isBigEndian: true)) % order;
            var s = sum.ToByteArray(isUnsigned: true, isBigEndian: true);
            return [.. X, .. new byte[32 - s.Length], .. s];
        }

        public override bool VerifyHash(byte[] hash, byte[] signature) => throw new NotSupportedException("it only signs");
    }
}
