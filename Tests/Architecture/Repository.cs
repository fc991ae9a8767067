using System.Xml.Linq;

namespace Fleet.Tests.Architecture;

/// <summary>The source tree that these tests were built from.</summary>
internal static class Repository
{
    public static string Root { get; } = Find(new DirectoryInfo(AppContext.BaseDirectory));

    /// <summary>Paths of files below the root, with '/', without what builds make.</summary>
    public static IEnumerable<string> Files(string pattern) => Directory
        .EnumerateFiles(Root, pattern, SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(Root, file).Replace('\\', '/'))
        .Where(file => !file.StartsWith("artifacts/", StringComparison.Ordinal) && !file.Contains("/obj/", StringComparison.Ordinal) && !file.StartsWith('.'))
        .Order(StringComparer.Ordinal);

    public static string Read(string file) => File.ReadAllText(Path.Combine(Root, file));

    /// <summary>Names of projects and of the projects that they refer to, as their files say.</summary>
    public static ImmutableSortedDictionary<string, ImmutableArray<string>> Projects() => Files("*.csproj").ToImmutableSortedDictionary(
        file => Path.GetDirectoryName(file)!,
        file => XDocument.Parse(Read(file)).Descendants("ProjectReference")
            .Where(r => r.Attribute("ReferenceOutputAssembly")?.Value != "false")
            .Select(r => Path.GetRelativePath(Root, Path.GetFullPath(Path.Combine(Root, Path.GetDirectoryName(file)!, Path.GetDirectoryName(r.Attribute("Include")!.Value.Replace('\\', '/'))!))))
            .ToImmutableArray(),
        StringComparer.Ordinal);

    private static string Find(DirectoryInfo? directory) => directory is null ? throw new InvalidOperationException("no Fleet.sln above the tests")
        : File.Exists(Path.Combine(directory.FullName, "Fleet.sln")) ? directory.FullName
        : Find(directory.Parent);
}
