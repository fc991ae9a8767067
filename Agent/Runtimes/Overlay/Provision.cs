using System.Collections.Immutable;
using Fleet.Agent.Delivery;
using Fleet.Images;

namespace Fleet.Agent.Runtimes.Overlay;

/// <summary>Content on the device: fetched, verified, unpacked, and removed when nobody needs it.</summary>
internal sealed class Provision(ContentStore content, LayerStore layers, IContentSource source)
{
    /// <summary>Room that is left for what runs, and for writing down what happens.</summary>
    private const long Reserve = 16 << 20;

    /// <summary>How much larger a layer is likely to be when it is unpacked.</summary>
    private const long Unpacked = 3;

    /// <summary>A size that a descriptor does not tell.</summary>
    private const long Unknown = -1;

    private readonly Gate _gate = new();
    private readonly Gate _unpacking = new();
    private int _users;

    public async Task<Happening> Fetch(Patch patch, CancellationToken cancel)
    {
        using var use = await Use(cancel);
        if (patch.Swap is { } swap)
        {
            await Bring(patch.Image, [swap.Layer], cancel);
            return new Happening.ContentReady(null);
        }
        var target = patch.Target!.Manifest;
        await Bring(patch.Image, [target], cancel);
        var manifest = ImageManifest.Read(await content.Read(target.Digest, cancel: cancel));
        await Bring(patch.Image, [manifest.Config, new Descriptor(MediaTypes.CycloneDx, manifest.Sbom, Unknown)], cancel);
        var image = await ImageContents.Read(content, target.Digest, cancel);
        await Bring(patch.Image, image.Layers, cancel);
        return new Happening.ContentReady(image);
    }

    public async Task Unpack(ImmutableArray<Descriptor> wanted, CancellationToken cancel)
    {
        using var use = await Use(cancel);
        using var turn = await _unpacking.Enter(cancel);
        ImmutableArray<Descriptor> missing = [.. wanted.Where(l => !layers.Has(l.Digest))];
        RequireRoom(missing.Sum(l => l.Size) * Unpacked);
        foreach (var layer in missing) await layers.Unpack(layer, content, cancel);
    }

    public async Task<ImageContents?> Contents(InstanceManifest manifest, CancellationToken cancel)
    {
        try
        {
            return await ImageContents.Read(content, manifest.ImageDigest, cancel);
        }
        catch (Exception e) when (e is ContentException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public async Task Collect(Func<ImmutableArray<Stack>?> needed, CancellationToken cancel)
    {
        // Who begins to bring something waits until this is over; while somebody does, there will be another time.
        using var turn = await _gate.Enter(cancel);
        if (_users > 0 || needed() is not { } stacks) return;
        try
        {
            var keep = stacks.SelectMany(s => s.Layers).Select(l => l.Digest).ToHashSet();
            foreach (var layer in layers.List().Where(l => !keep.Contains(l)).ToArray()) layers.Delete(layer);
            PartialContent.Delete(content.Root, keep);
            foreach (var image in stacks.Select(s => s.Manifest.ImageDigest).Distinct())
            {
                if (!content.Has(image)) return; // what it names is not known, so nothing is known to be useless
                var manifest = ImageManifest.Read(await content.Read(image, cancel: cancel));
                keep.UnionWith([image, manifest.Config.Digest, manifest.Sbom]);
            }
            foreach (var blob in content.List().Where(b => !keep.Contains(b)).ToArray()) content.Delete(blob);
        }
        catch (ContentException)
        {
            // A damaged manifest names nothing: leave what there is.
        }
    }

    private async Task<IDisposable> Use(CancellationToken cancel)
    {
        using var turn = await _gate.Enter(cancel);
        Interlocked.Increment(ref _users);
        return new Leave(this);
    }

    private sealed class Leave(Provision provision) : IDisposable
    {
        public void Dispose() => Interlocked.Decrement(ref provision._users);
    }

    private async Task Bring(string image, ImmutableArray<Descriptor> blobs, CancellationToken cancel)
    {
        ImmutableArray<Descriptor> missing = [.. blobs.Where(b => content.SizeOf(b.Digest) is not { } size || (b.Size != Unknown && size != b.Size))];
        RequireRoom(missing.Sum(b => Math.Max(0, b.Size)));
        foreach (var blob in missing) await source.Fetch(image, blob, cancel);
    }

    private void RequireRoom(long bytes)
    {
        if (bytes == 0) return;
        var free = new DriveInfo(content.Root).AvailableFreeSpace;
        if (free < bytes + Reserve)
            throw new ContentException(ContentFault.NoSpace, $"{bytes >> 20} MiB are needed and {Reserve >> 20} MiB kept free, but '{content.Root}' has {free >> 20} MiB left");
    }
}
