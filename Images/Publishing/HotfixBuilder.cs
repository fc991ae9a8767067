using System.Collections.Immutable;

namespace Fleet.Images;

/// <summary>What a hotfix is made of.</summary>
public sealed record HotfixRecipe
{
    /// <summary>
    /// Files of the fixed Debian packages. The first is the component; others must be of the same source and version, and
    /// go along with it.
    /// </summary>
    public required ImmutableArray<string> Packages { get; init; }

    /// <summary>The component's version that the hotfix replaces, or the newest of several.</summary>
    public required string FromVersion { get; init; }

    /// <summary>The time of all entries: the same recipe gives the same digest.</summary>
    public required DateTimeOffset Created { get; init; }
}

/// <summary>Makes the layer of a hotfix: the programs and libraries of the fixed component and its package record, nothing else.</summary>
public static class HotfixBuilder
{
    /// <summary>Builds the layer into the store. What it returns goes into the patch that a publisher signs.</summary>
    /// <exception cref="ContentException">The packages don't belong together, bring nothing, or are no newer.</exception>
    public static async Task<ComponentSwap> Build(HotfixRecipe recipe, ContentStore store, CancellationToken cancel = default)
    {
        if (recipe.Packages.IsDefaultOrEmpty) throw ContentException.Malformed("packages", "is empty");
        using var scratch = new Scratch();
        var trees = new List<string>();
        var packages = new List<DebianPackage>();
        foreach (var file in recipe.Packages)
        {
            trees.Add(scratch.Next());
            packages.Add(await DebFile.Unpack(file, trees[^1], cancel));
        }

        var component = packages[0];
        if (packages.Find(p => (p.Source, p.Version) != (component.Source, component.Version)) is { } stranger)
            throw ContentException.Malformed("packages", $"{stranger.Name} {stranger.Version} does not belong to {component.Source} {component.Version}");
        if (DebianVersion.Compare(component.Version, recipe.FromVersion) <= 0)
            throw ContentException.Malformed("fromVersion", $"{component.Name} {component.Version} is no newer than {recipe.FromVersion}");

        var records = packages.Select(p => DpkgDatabase.RecordPath(p.Name)).ToHashSet(StringComparer.Ordinal);
        var layer = await LayerPacker.Pack(store, trees, new LayerOptions { Modified = recipe.Created, Include = Belongs }, cancel);
        ImmutableArray<string> files = [.. layer.Files.Where(file => !records.Contains(file))];
        return files.IsEmpty
            ? throw ContentException.Malformed("packages", $"{component.Name} {component.Version} has neither program nor library")
            : new ComponentSwap(component.Component, recipe.FromVersion, component.Version, layer.Blob, files);
    }

    // A hotfix must not undo how a site configured the service, so nothing below etc comes along.
    private static bool Belongs(string path) =>
        !Documentation.Has(path) && path is not "etc" && path is not "usr/lib/systemd";
}
