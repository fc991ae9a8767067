namespace Fleet.Images;

public sealed class DpkgDatabaseTests
{
    private const string Status = """
        Package: libssl3
        Status: install ok installed
        Architecture: amd64
        Source: openssl (3.0.17-1~deb12u2)
        Version: 3.0.17-1~deb12u2
        Description: Secure Sockets Layer toolkit - shared libraries
         Version: 9.9.9 is a line of the description
         .
         It provides the libssl and libcrypto shared libraries.

        Package: removed
        Status: deinstall ok config-files
        Architecture: amd64
        Version: 1.0

        Package: zlib1g
        Status: install ok installed
        Architecture: amd64
        Version: 1:1.2.13.dfsg-1
        """;

    [Fact]
    public void What_is_installed_is_listed_with_its_source() => Assert.Equal(
        [new DebianPackage("libssl3", "3.0.17-1~deb12u2", "amd64", "openssl"), new DebianPackage("zlib1g", "1:1.2.13.dfsg-1", "amd64", "zlib1g")],
        DpkgDatabase.Parse(new StringReader(Status)));

    [Fact]
    public void A_record_of_its_own_stands_above_the_list()
    {
        using var temp = new Temp();
        temp.Write("var/lib/dpkg/status", Status);
        temp.Write("var/lib/dpkg/status.d/libssl3", "Package: libssl3\nSource: openssl\nArchitecture: amd64\nVersion: 3.0.22-1~deb12u2\n");
        temp.Write("var/lib/dpkg/status.d/libssl3.md5sums", "d41d8cd98f00b204e9800998ecf8427e  usr/lib/x\n");

        var packages = DpkgDatabase.Read(temp.Root);

        Assert.Equal(["libssl3 3.0.22-1~deb12u2", "zlib1g 1:1.2.13.dfsg-1"], packages.Select(p => $"{p.Name} {p.Version}"));
    }

    [Fact]
    public void A_root_without_packages_has_none()
    {
        using var temp = new Temp();
        Assert.Empty(DpkgDatabase.Read(temp.Root));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n\n\n")]
    [InlineData("no colon here\n continued\n: empty\nPackage: only\n")]
    public void What_is_no_record_is_passed_over(string text) => Assert.Empty(DpkgDatabase.Parse(new StringReader(text)));

    [Fact]
    public void This_machines_own_list_is_that_of_dpkg()
    {
        Assert.SkipUnless(Shell.Has("dpkg-query") || Environment.GetEnvironmentVariable("CI") == "true", "needs dpkg");
        var said = Shell.Run("dpkg-query", ["-W", "-f", "${db:Status-Status} ${Package} ${Version} ${Architecture} ${source:Package}\\n"]).Split('\n')
            .Where(line => line.StartsWith("installed ", StringComparison.Ordinal)).Select(line => line["installed ".Length..]);

        Assert.Equal(said.Order(StringComparer.Ordinal), DpkgDatabase.Read("/").Select(p => $"{p.Name} {p.Version} {p.Architecture} {p.Source}").Order(StringComparer.Ordinal));
    }
}
