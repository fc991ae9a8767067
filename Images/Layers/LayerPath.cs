namespace Fleet.Images;

/// <summary>Paths inside a layer: relative to the root, '/' between names, no '.' or '..', none at the end.</summary>
internal static class LayerPath
{
    public const string WhiteoutPrefix = ".wh.";
    public const string OpaqueMark = ".wh..wh..opq";

    // Debian's /bin, /lib and so on are links into /usr; a layer with a real /lib would hide the link, and libc with it.
    private static readonly string[] Merged = ["bin", "lib", "lib32", "lib64", "libx32", "sbin"];

    /// <summary>The links that a merged root has.</summary>
    public static readonly string[] RootLinks = ["bin", "lib", "lib64", "sbin"];

    /// <summary>The path that a tar entry names; "" is the root itself.</summary>
    /// <exception cref="ContentException">It is absolute, or has '..' or an empty name in it.</exception>
    public static string Parse(string name)
    {
        var path = name.EndsWith('/') ? name[..^1] : name;
        if (path == ".") return "";
        if (path.StartsWith("./", StringComparison.Ordinal)) path = path[2..];
        return IsPath(path) ? path : throw ContentException.Malformed($"'{name}' is no path inside a layer");
    }

    /// <summary>Whether this is such a path.</summary>
    public static bool IsPath(string path) =>
        !path.Contains('\0') && path.Split('/').All(part => part is not ("" or "." or ".."));

    /// <summary>The path where a merged root has this file: <c>lib/x</c> is <c>usr/lib/x</c>.</summary>
    public static string Merge(string path)
    {
        var end = path.IndexOf('/', StringComparison.Ordinal);
        return Merged.Contains(end < 0 ? path : path[..end]) ? "usr/" + path : path;
    }

    /// <summary>Directory part; "" for a file in the root.</summary>
    public static string Parent(string path) => path.LastIndexOf('/') is var slash and >= 0 ? path[..slash] : "";

    public static string Name(string path) => path[(path.LastIndexOf('/') + 1)..];

    /// <summary>Whether a relative link in <paramref name="path"/> leads above the root, read name by name.</summary>
    public static bool Escapes(string path, string target)
    {
        if (target.StartsWith('/')) return false;
        var depth = path.Count(c => c == '/');
        foreach (var part in target.Split('/'))
        {
            depth += part switch { "" or "." => 0, ".." => -1, _ => 1 };
            if (depth < 0) return true;
        }
        return false;
    }
}
