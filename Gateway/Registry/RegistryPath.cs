using System.Text.RegularExpressions;

namespace Fleet.Gateway.Registry;

/// <summary>What a path of the registry's API names.</summary>
internal enum RegistryPlace
{
    Root,
    Manifest,
    Blob,
    Uploads,
    Upload,
    Tags,
    Nothing,
}

/// <summary>A path below <c>/v2/</c>, read. Repository names may contain '/', so no route template can.</summary>
/// <param name="Reference">A tag or digest, a blob's digest, or an upload's id.</param>
internal sealed partial record RegistryPath(RegistryPlace Place, string Repository, string Reference)
{
    public static RegistryPath Read(string? path)
    {
        if (string.IsNullOrEmpty(path)) return new(RegistryPlace.Root, "", "");
        if (Known().Match(path) is not { Success: true } match) return new(RegistryPlace.Nothing, "", "");

        var (repository, rest) = (match.Groups["name"].Value, match.Groups["reference"].Value);
        return match.Groups["kind"].Value switch
        {
            "manifests" => new(RegistryPlace.Manifest, repository, rest),
            "tags" => rest == "list" ? new(RegistryPlace.Tags, repository, "") : new(RegistryPlace.Nothing, "", ""),
            "blobs/uploads" => rest.Length == 0 ? new(RegistryPlace.Uploads, repository, "") : new(RegistryPlace.Upload, repository, rest),
            _ when rest == "uploads" => new(RegistryPlace.Uploads, repository, ""),
            _ => new(RegistryPlace.Blob, repository, rest),
        };
    }

    [GeneratedRegex(@"\A(?<name>[a-z0-9]+([._-]+[a-z0-9]+)*(/[a-z0-9]+([._-]+[a-z0-9]+)*)*)/(?<kind>manifests|blobs/uploads|blobs|tags)/(?<reference>[A-Za-z0-9_:.+-]*)\z", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Known();
}
