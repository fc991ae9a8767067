namespace Fleet.Images;

/// <summary>Which files of Debian packages no running service needs.</summary>
internal static class Documentation
{
    private static readonly string[] Directories =
    [
        "usr/share/bug", "usr/share/doc", "usr/share/doc-base", "usr/share/info", "usr/share/lintian", "usr/share/locale", "usr/share/man",
    ];

    /// <summary>Whether the path is in such a directory, or is one.</summary>
    public static bool Has(string path) => Directories.Any(directory => path == directory || path.StartsWith(directory + "/", StringComparison.Ordinal));

    /// <summary>Licences travel with what they are of: <c>usr/share/doc/*/copyright</c>, and the directories on the way.</summary>
    public static bool IsLicence(string path) =>
        path.Split('/') is ["usr", "share", "doc"] or ["usr", "share", "doc", _] or ["usr", "share", "doc", _, "copyright"];
}
