namespace Fleet.Images;

/// <summary>
/// Reads which Debian packages a root has: <c>var/lib/dpkg/status</c>, and <c>var/lib/dpkg/status.d/*</c> with one record a
/// file, which images without dpkg use, and where a layer can replace the record of its own package alone.
/// </summary>
public static class DpkgDatabase
{
    /// <summary>Where a layer records a package, relative to the root.</summary>
    public static string RecordPath(string package) => $"var/lib/dpkg/status.d/{package}";

    /// <summary>The packages of a root, by name and architecture; none where there is no database.</summary>
    /// <param name="root">A directory whose owner is trusted not to have links that lead out of it.</param>
    public static IReadOnlyList<DebianPackage> Read(string root)
    {
        var packages = new SortedDictionary<(string, string), DebianPackage>();
        var dpkg = Path.Combine(root, "var/lib/dpkg");
        var status = Path.Combine(dpkg, "status");
        var records = Path.Combine(dpkg, "status.d");
        if (File.Exists(status)) Add(status);
        if (Directory.Exists(records))
            foreach (var file in Directory.EnumerateFiles(records).Order(StringComparer.Ordinal))
                if (!file.EndsWith(".md5sums", StringComparison.Ordinal)) Add(file);
        return [.. packages.Values];

        void Add(string file)
        {
            using var reader = File.OpenText(file);
            foreach (var package in Parse(reader)) packages[(package.Name, package.Architecture)] = package;
        }
    }

    /// <summary>The installed packages that control records tell of; what is removed or half-configured away is passed over.</summary>
    public static IEnumerable<DebianPackage> Parse(TextReader records)
    {
        var fields = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        while (true)
        {
            var line = records.ReadLine();
            if (string.IsNullOrWhiteSpace(line))
            {
                if (Installed(fields) is { } package) yield return package;
                fields.Clear();
                if (line is null) yield break;
            }
            // A line that begins with a space goes on with the field above, and none of ours has several.
            else if (line[0] is not (' ' or '\t') && line.IndexOf(':', StringComparison.Ordinal) is var colon and > 0)
            {
                fields.TryAdd(line[..colon], line[(colon + 1)..].Trim());
            }
        }
    }

    private static DebianPackage? Installed(Dictionary<string, string> fields)
    {
        if (!fields.TryGetValue("Package", out var name) || !fields.TryGetValue("Version", out var version)) return null;
        // "want flag status"; an image's record may have none.
        if (fields.TryGetValue("Status", out var status) && !status.EndsWith(" installed", StringComparison.Ordinal)) return null;
        var source = fields.GetValueOrDefault("Source", name);
        return new DebianPackage(name, version, fields.GetValueOrDefault("Architecture", "all"), source.Split(' ')[0]);
    }
}
