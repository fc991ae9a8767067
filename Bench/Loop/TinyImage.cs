using System.Security.Cryptography;
using Fleet.Client;
using Fleet.Images;

namespace Fleet.Bench.Loop;

/// <summary>An image with next to nothing in it, and the signed patches that lead to its versions: simulated agents need no content.</summary>
internal sealed class TinyImage : IDisposable
{
    public const string Name = "tiny";
    private static readonly DateTimeOffset Created = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly ECDsa publisher = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly string work;

    /// <summary>The engine that reads these publishers at its start believes the patches.</summary>
    public TinyImage(string work, string publishers)
    {
        this.work = work;
        File.WriteAllText(Path.Combine(publishers, "bench.pem"), publisher.ExportSubjectPublicKeyInfoPem());
    }

    /// <summary>Builds, uploads and publishes a version, and the patch that leads to it; the patch is named after it.</summary>
    public async Task Publish(FleetClient client, string version)
    {
        var tree = System.IO.Directory.CreateDirectory(Path.Combine(work, version, "etc")).Parent!.FullName;
        await File.WriteAllTextAsync(Path.Combine(tree, "etc", "version"), version);
        var layout = new OciLayout(Path.Combine(work, "layout"));
        var built = await ImageBuilder.Build(new ImageRecipe
        {
            Image = Name,
            Version = version,
            Created = Created,
            Service = new ServiceDefinition { Command = ["/usr/bin/service"], Probe = new HealthProbe { Kind = ProbeKind.Command, Command = ["/usr/bin/true"] } },
            Layers = [new LayerSource([], tree, [])],
        }, layout);

        var manifest = built.Manifest;
        foreach (var blob in await layout.BlobsOf(manifest.Digest))
            await client.Registry.PushBlob(Name, $"{blob.Digest}", blob.Size, () => layout.Content.Open(blob.Digest));
        await client.Registry.PushManifest(Name, version, MediaTypes.ImageManifest, await layout.Content.Read(manifest.Digest));
        await client.Images.PublishVersion(Name, version, $"{manifest.Digest}");

        var now = DateTimeOffset.UtcNow;
        var patch = new Patch { Id = version, Kind = PatchKind.Layer, Image = Name, Issued = now, Expires = now.AddDays(1), Target = new VersionTarget(version, manifest) };
        await client.Images.PublishPatch(Name, SignedPatch.Sign(patch, publisher));
    }

    public void Dispose() => publisher.Dispose();
}
