namespace Fleet.Images;

/// <summary>A file, directory or symbolic link that goes into a layer.</summary>
/// <param name="Source">Where it is now.</param>
/// <param name="Status">Owner, mode and kind.</param>
/// <param name="LinkTarget">Of a symbolic link.</param>
internal sealed record LayerFile(string Source, Linux.FileStatus Status, string? LinkTarget)
{
    public bool IsDirectory => Status.Kind == DirectoryKind;

    public bool IsRegular => Status.Kind == RegularKind;

    public const int DirectoryKind = 0x4000;
    public const int RegularKind = 0x8000;
    public const int SymbolicLinkKind = 0xa000;
}

/// <summary>What lies below one or more directories, by its path in the layer: sorted, and merged into /usr.</summary>
internal static class LayerTree
{
    /// <summary>Reads the trees; where two have the same file, the later one wins.</summary>
    /// <param name="roots">Directories that become the root of the layer.</param>
    /// <param name="include">Whether a path belongs in the layer; a directory that doesn't takes all below it away.</param>
    /// <exception cref="ContentException">Something that no layer can hold: a device, a socket, a '.wh.' name, a file twice.</exception>
    public static SortedDictionary<string, LayerFile> Read(IEnumerable<string> roots, Func<string, bool> include)
    {
        var all = new SortedDictionary<string, LayerFile>(StringComparer.Ordinal);
        foreach (var root in roots)
        {
            var tree = new Dictionary<string, LayerFile>(StringComparer.Ordinal);
            Walk(Path.GetFullPath(root), "", include, tree);
            foreach (var (path, file) in tree)
            {
                if (all.TryGetValue(path, out var below) && below.IsDirectory != file.IsDirectory)
                    throw ContentException.Malformed($"'{path}' is a directory in '{below.Source}' or '{file.Source}', but not in both");
                all[path] = file;
            }
        }
        return all;
    }

    private static void Walk(string root, string below, Func<string, bool> include, Dictionary<string, LayerFile> tree)
    {
        foreach (var entry in new DirectoryInfo(Path.Combine(root, below)).EnumerateFileSystemInfos())
        {
            var inTree = below.Length == 0 ? entry.Name : $"{below}/{entry.Name}";
            var status = Linux.Status(entry.FullName);
            // A link named lib in the root is the merge itself; only what is really there moves.
            var path = status.Kind == LayerFile.SymbolicLinkKind && below.Length == 0 ? inTree : LayerPath.Merge(inTree);
            if (!include(path)) continue;
            if (entry.Name.StartsWith(LayerPath.WhiteoutPrefix, StringComparison.Ordinal))
                throw ContentException.Malformed($"'{entry.FullName}' can't be in a layer: such a name means a removal");

            var file = status.Kind switch
            {
                LayerFile.DirectoryKind or LayerFile.RegularKind => new LayerFile(entry.FullName, status, null),
                LayerFile.SymbolicLinkKind => new LayerFile(entry.FullName, status, entry.LinkTarget),
                _ => throw ContentException.Malformed($"'{entry.FullName}' is neither file, directory nor symbolic link"),
            };
            if (!tree.TryAdd(path, file) && !(file.IsDirectory && tree[path].IsDirectory))
                throw ContentException.Malformed($"'{path}' is there twice: '{tree[path].Source}' and '{file.Source}'");
            if (file.IsDirectory) Walk(root, inTree, include, tree);
        }
    }
}
