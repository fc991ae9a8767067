namespace Fleet.Images;

/// <summary>An installed Debian package.</summary>
/// <param name="Name">E.g. <c>libssl3</c>.</param>
/// <param name="Version">E.g. <c>3.0.17-1~deb12u2</c>.</param>
/// <param name="Architecture">E.g. <c>amd64</c> or <c>all</c>.</param>
/// <param name="Source">The source package, under which advisories speak of it, e.g. <c>openssl</c>.</param>
public sealed record DebianPackage(string Name, string Version, string Architecture, string Source)
{
    /// <summary>Package URL without version: the component.</summary>
    public string Component => PackageUrl.Debian(Name).ToString();
}
