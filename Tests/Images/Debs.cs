namespace Fleet.Images;

/// <summary>Small Debian packages, made by dpkg-deb itself.</summary>
internal static class Debs
{
    /// <summary>A package with these files, each with the package's name and version as content, and some documentation.</summary>
    public static string Make(Temp temp, string name, string version, params string[] files) => MakeOf(temp, name, name, version, files);

    /// <summary>The same, of a source package with another name.</summary>
    public static string MakeOf(Temp temp, string source, string name, string version, params string[] files)
    {
        var tree = $"deb/{name}_{version.Replace(':', '_')}";
        temp.Write($"{tree}/DEBIAN/control", $"""
            Package: {name}
            Source: {source}
            Version: {version}
            Architecture: amd64
            Maintainer: Nobody <nobody@example.org>
            Description: sample

            """);
        foreach (var file in files) temp.Write($"{tree}/{file}", $"{name} {version}");
        temp.Write($"{tree}/usr/share/doc/{name}/copyright", "free");
        temp.Write($"{tree}/usr/share/doc/{name}/changelog", "changes");
        temp.Write($"{tree}/usr/share/man/man8/{name}.8.gz", "manual");
        Shell.Run("dpkg-deb", ["--root-owner-group", "-Znone", "--build", temp[tree], temp[$"{tree}.deb"]]);
        return temp[$"{tree}.deb"];
    }
}
