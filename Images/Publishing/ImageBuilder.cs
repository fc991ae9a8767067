using System.Collections.Immutable;
using System.Text;

namespace Fleet.Images;

/// <summary>Makes an image version: layers, configuration, SBOM and manifest, as an OCI layout.</summary>
public static class ImageBuilder
{
    /// <summary>Builds the image into the layout and tags it with its version. The same recipe and sources give the same digests.</summary>
    /// <exception cref="ContentException">The recipe, or what it names, is not sound; the message says what.</exception>
    public static async Task<BuiltImage> Build(ImageRecipe recipe, OciLayout output, CancellationToken cancel = default)
    {
        Require(recipe);
        var store = output.Content;
        var layers = new List<PackedLayer>();
        var packages = new SortedDictionary<string, DebianPackage>(StringComparer.Ordinal);
        foreach (var source in recipe.Layers)
        {
            using var scratch = new Scratch();
            var trees = new List<string>();
            foreach (var file in source.Packages)
            {
                trees.Add(scratch.Next());
                var package = await DebFile.Unpack(file, trees[^1], cancel);
                packages[package.Name] = package;
            }
            if (source.Directory is { } directory) trees.Add(directory);
            layers.Add(await LayerPacker.Pack(store, trees, Options(recipe, source, bottom: layers.Count == 0), cancel));
            // A tree may bring records of its own; a removed record takes its package away.
            if (source.Directory is not null)
                foreach (var package in DpkgDatabase.Read(source.Directory)) packages[package.Name] = package;
            foreach (var name in packages.Keys.Where(name => source.Removals.Contains(DpkgDatabase.RecordPath(name))).ToArray()) packages.Remove(name);
        }

        var sbom = await store.Put(CycloneDx.Write(recipe.Image, recipe.Version, packages.Values, recipe.Distro, recipe.Created), cancel);
        var configuration = Configuration(recipe, layers).Write();
        var config = new Descriptor(MediaTypes.ImageConfig, await store.Put(configuration, cancel), configuration.Length);
        var manifest = new ImageManifest(2, MediaTypes.ImageManifest, config, [.. layers.Select(l => l.Blob)], Annotations(recipe, sbom)).Write();
        var descriptor = new Descriptor(MediaTypes.ImageManifest, await store.Put(manifest, cancel), manifest.Length);
        output.Tag(recipe.Version, descriptor);
        return new BuiltImage(descriptor, await ImageContents.Read(store, descriptor.Digest, cancel));
    }

    private static void Require(ImageRecipe recipe)
    {
        if (!Names.IsName(recipe.Image)) throw ContentException.Malformed("image", $"'{recipe.Image}': {Names.NameRule}");
        if (!Names.IsVersion(recipe.Version)) throw ContentException.Malformed("version", $"'{recipe.Version}': {Names.VersionRule}");
        if (recipe.Layers.IsDefaultOrEmpty) throw ContentException.Malformed("layers", "is empty");
        ServiceRules.Require(recipe.Service);
    }

    private static LayerOptions Options(ImageRecipe recipe, LayerSource source, bool bottom) => new()
    {
        Modified = recipe.Created,
        RootLinks = bottom,
        Removals = source.Removals,
        Include = path => !Documentation.Has(path) || Documentation.IsLicence(path),
    };

    private static ImageConfiguration Configuration(ImageRecipe recipe, List<PackedLayer> layers)
    {
        var service = recipe.Service;
        var labels = Sorted((ServiceDefinition.Label, Encoding.UTF8.GetString(ServiceJson.Write(service))));
        return new ImageConfiguration(
            recipe.Architecture, "linux", new RootFileSystem("layers", [.. layers.Select(l => l.DiffId)]), recipe.Created,
            new ContainerConfiguration(
                service.Command,
                [.. service.Environment.Select(e => $"{e.Key}={e.Value}")],
                service.WorkingDirectory,
                "SIG" + service.StopSignal,
                Sorted([.. service.Ports.Select(p => ($"{p.Port}/{p.Protocol}", new NothingMore()))]),
                Sorted([.. service.Volumes.Select(v => (v.Path, new NothingMore()))]),
                labels));
    }

    private static ImmutableSortedDictionary<string, string> Annotations(ImageRecipe recipe, Digest sbom) => Sorted(
        (ImageManifest.TitleAnnotation, recipe.Image),
        (ImageManifest.VersionAnnotation, recipe.Version),
        (ImageManifest.SbomAnnotation, sbom.ToString()));

    private static ImmutableSortedDictionary<string, T> Sorted<T>(params ReadOnlySpan<(string Key, T Value)> pairs)
    {
        var sorted = ImmutableSortedDictionary.CreateBuilder<string, T>(StringComparer.Ordinal);
        foreach (var (key, value) in pairs) sorted[key] = value;
        return sorted.ToImmutable();
    }
}

/// <summary>An image in a layout.</summary>
/// <param name="Manifest">What a layer patch names as its target.</param>
/// <param name="Contents">What is in it.</param>
public sealed record BuiltImage(Descriptor Manifest, ImageContents Contents);
