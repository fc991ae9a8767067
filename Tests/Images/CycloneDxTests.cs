using System.Text;
using System.Text.Json.Nodes;

namespace Fleet.Images;

public sealed class CycloneDxTests
{
    private static readonly DebianPackage[] Packages =
    [
        new("zlib1g", "1:1.2.13.dfsg-1", "amd64", "zlib"),
        new("libssl3", "3.0.17-1~deb12u2", "amd64", "openssl"),
        new("libstdc++6", "12.2.0-14+deb12u1", "amd64", "gcc-12"),
    ];

    private static byte[] Bill(params IEnumerable<DebianPackage> packages) => CycloneDx.Write("web", "v1", packages, "debian-12", Sample.Noon);

    [Fact]
    public void What_is_written_is_read_back_as_components() => Assert.Equal(
        [KeyValuePair.Create("pkg:deb/debian/libssl3", "3.0.17-1~deb12u2"), KeyValuePair.Create("pkg:deb/debian/libstdc%2B%2B6", "12.2.0-14+deb12u1"), KeyValuePair.Create("pkg:deb/debian/zlib1g", "1:1.2.13.dfsg-1")],
        CycloneDx.Read(Bill(Packages)));

    [Fact]
    public void The_order_of_packages_makes_no_difference() => Assert.Equal(Bill(Packages), Bill(Packages.Reverse()));

    [Fact]
    public void The_bill_is_CycloneDX_1_6()
    {
        var bill = JsonNode.Parse(Bill(Packages))!;

        Assert.Equal(("CycloneDX", "1.6", 1), ((string?)bill["bomFormat"], (string?)bill["specVersion"], (int?)bill["version"]));
        Assert.Equal(("container", "web", "v1"), ((string?)bill["metadata"]!["component"]!["type"], (string?)bill["metadata"]!["component"]!["name"], (string?)bill["metadata"]!["component"]!["version"]));
        var ssl = bill["components"]![0]!;
        Assert.Equal(
            ("library", "libssl3", "3.0.17-1~deb12u2", "pkg:deb/debian/libssl3@3.0.17-1~deb12u2?arch=amd64&distro=debian-12"),
            ((string?)ssl["type"], (string?)ssl["name"], (string?)ssl["version"], (string?)ssl["purl"]));
    }

    [Fact]
    public void A_bill_that_others_wrote_is_read_for_what_has_a_package_url() => Assert.Equal(
        [KeyValuePair.Create("pkg:npm/left-pad", "1.3.0")],
        CycloneDx.Read("""
            {"$schema":"x","bomFormat":"CycloneDX","specVersion":"1.5","serialNumber":"urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79","version":1,
             "components":[{"type":"library","name":"left-pad","purl":"pkg:npm/left-pad@1.3.0","hashes":[]},{"type":"file","name":"/bin/sh"},{"type":"library","name":"x","purl":"pkg:npm/x"}]}
            """u8));

    [Theory]
    [InlineData("", "CycloneDX")]
    [InlineData("[]", "object")]
    [InlineData("""{"bomFormat":"SPDX","specVersion":"1.6"}""", "bomFormat")]
    [InlineData("""{"specVersion":"1.6"}""", "bomFormat")]
    [InlineData("""{"bomFormat":"CycloneDX","specVersion":"1.6","components":[{"type":"library","name":"x","purl":"x"}]}""", "components[0].purl")]
    [InlineData("""{"bomFormat":"CycloneDX","specVersion":"1.6","components":[{"type":"library","name":"x","purl":"pkg:deb/debian/x@1"},{"type":"library","name":"x","purl":"pkg:deb/debian/x@2"}]}""", "components[1].purl")]
    [InlineData("""{"bomFormat":"CycloneDX","specVersion":"1.6","components":7}""", "components")]
    public void What_is_no_bill_is_refused_by_name(string text, string named)
    {
        var e = Assert.Throws<ContentException>(() => CycloneDx.Read(Encoding.UTF8.GetBytes(text)));
        Assert.Equal(ContentFault.Malformed, e.Fault);
        Assert.Contains(named, e.Message, StringComparison.Ordinal);
    }
}
