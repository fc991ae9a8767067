using System.Security.Cryptography;

namespace Fleet.Scenarios;

/// <summary>
/// An independent look at what the processes of a cgroup really run: each mapped library is opened through
/// <c>/proc/PID/map_files</c>, which shows the mapped file itself even when its name is gone, and named by its SHA-256.
/// </summary>
internal static class LibraryMaps
{
    /// <summary>How many (process, library) pairs map a file with one of these contents.</summary>
    public static int Count(IEnumerable<int> processes, IReadOnlySet<string> contents) =>
        processes.Sum(pid => Mapped(pid).Count(contents.Contains));

    /// <summary>SHA-256 of each distinct library or program that a process maps.</summary>
    public static IReadOnlyCollection<string> Mapped(int pid)
    {
        var hashes = new Dictionary<string, string>();
        try
        {
            foreach (var line in File.ReadLines($"/proc/{pid}/maps"))
            {
                var fields = line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries);
                if (fields.Length < 6 || !fields[5].StartsWith('/') || !fields[5].Contains(".so", StringComparison.Ordinal)) continue;
                var name = fields[5] + fields[4];
                if (hashes.ContainsKey(name)) continue;
                using var file = File.OpenRead($"/proc/{pid}/map_files/{fields[0]}");
                hashes[name] = Convert.ToHexStringLower(SHA256.HashData(file));
            }
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or IOException)
        {
            // The process ended meanwhile: it maps nothing any more.
        }
        return [.. hashes.Values];
    }

    /// <summary>Processes whose cgroup path contains this text.</summary>
    public static IEnumerable<int> InCgroup(string part)
    {
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(directory), out var pid)) continue;
            string cgroup;
            try { cgroup = File.ReadAllText($"{directory}/cgroup"); }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException) { continue; }
            if (cgroup.Contains(part, StringComparison.Ordinal)) yield return pid;
        }
    }
}
