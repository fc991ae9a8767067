using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace Fleet.Images;

public sealed class PackageUrlTests
{
    [Theory]
    [InlineData("pkg:deb/debian/libssl3@3.0.17-1~deb12u2?arch=amd64", "pkg:deb/debian/libssl3@3.0.17-1~deb12u2?arch=amd64")]
    [InlineData("pkg:deb/debian/zlib1g@1:1.2.13.dfsg-1", "pkg:deb/debian/zlib1g@1:1.2.13.dfsg-1")]
    [InlineData("pkg:deb/debian/zlib1g@1%3A1.2.13.dfsg-1", "pkg:deb/debian/zlib1g@1:1.2.13.dfsg-1")]
    [InlineData("pkg:deb/debian/nginx@1.22.1-9%2Bdeb12u11", "pkg:deb/debian/nginx@1.22.1-9%2Bdeb12u11")]
    [InlineData("pkg:deb/debian/libstdc%2B%2B6", "pkg:deb/debian/libstdc%2B%2B6")]
    [InlineData("pkg:DEB/Debian/LibSSL3", "pkg:deb/debian/libssl3")]
    [InlineData("pkg://deb/debian/curl", "pkg:deb/debian/curl")]
    [InlineData("pkg:deb/debian/curl?b=2&a=1&empty=", "pkg:deb/debian/curl?a=1&b=2")]
    [InlineData("pkg:npm/%40angular/animation@12.3.1", "pkg:npm/%40angular/animation@12.3.1")]
    [InlineData("pkg:golang/google.golang.org/genproto#googleapis/api/annotations", "pkg:golang/google.golang.org/genproto#googleapis/api/annotations")]
    [InlineData("pkg:golang/google.golang.org/genproto#/../googleapis/./api/", "pkg:golang/google.golang.org/genproto#googleapis/api")]
    [InlineData("pkg:nuget/EnterpriseLibrary.Common@6.0.1304", "pkg:nuget/EnterpriseLibrary.Common@6.0.1304")]
    [InlineData("pkg:maven/org.apache/batik@1.9?classifier=sources&type=zip", "pkg:maven/org.apache/batik@1.9?classifier=sources&type=zip")]
    public void A_package_url_has_one_form(string text, string canonical) => Assert.Equal(canonical, PackageUrl.Parse(text).ToString());

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("libssl3")]
    [InlineData("pkg:")]
    [InlineData("pkg:deb")]
    [InlineData("pkg:deb/")]
    [InlineData("pkg:2deb/debian/libssl3")]
    [InlineData("pkg:de b/debian/libssl3")]
    [InlineData("pkg:deb/debian/libssl3@%zz")]
    [InlineData("pkg:deb/debian/lib%2Fssl3")]
    [InlineData("pkg:deb/debian/libssl3?arch")]
    [InlineData("pkg:deb/debian/libssl3?a=1&a=2")]
    [InlineData("http:deb/debian/libssl3")]
    public void Anything_else_is_none(string? text)
    {
        Assert.False(PackageUrl.TryParse(text, out _));
        if (text is not null) Assert.Throws<FormatException>(() => PackageUrl.Parse(text));
    }

    [Fact]
    public void A_component_is_the_package_in_all_its_versions()
    {
        var purl = PackageUrl.Debian("libssl3", "3.0.17-1~deb12u2", "amd64", "debian-12");

        Assert.Equal("pkg:deb/debian/libssl3@3.0.17-1~deb12u2?arch=amd64&distro=debian-12", purl.ToString());
        Assert.Equal("pkg:deb/debian/libssl3", purl.WithoutVersion().ToString());
        Assert.Equal(purl, PackageUrl.Parse(purl.ToString()));
    }

    [Property(MaxTest = 1000)]
    public Property What_is_written_is_read_back() => Prop.ForAll(
        Text().Zip(Text()).ToArbitrary(), pair =>
        {
            var purl = PackageUrl.Debian(pair.Item1, pair.Item2, "amd64");
            var again = PackageUrl.Parse(purl.ToString());
            return again == purl && again.Name == purl.Name && again.Version == pair.Item2;
        });

    [Property(MaxTest = 1000)]
    public bool Whatever_comes_is_answered(NonNull<string> text) => !PackageUrl.TryParse(text.Get, out var purl) || PackageUrl.Parse(purl.ToString()) == purl;

    private static Gen<string> Text() => Gen.Elements("a", "Z", "0", ".", "-", "_", "~", "+", ":", "@", "?", "#", "%", "=", "&", " ", "ü", "€").NonEmptyListOf().Select(parts => string.Concat(parts));
}
