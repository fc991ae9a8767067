namespace Fleet.Images;

public sealed class NamesTests
{
    [Theory]
    [InlineData("web", true)]
    [InlineData("a", true)]
    [InlineData("web-1.eu--north", true)]
    [InlineData("", false)]
    [InlineData(null, false)]
    [InlineData("Web", false)]
    [InlineData("-web", false)]
    [InlineData("web.", false)]
    [InlineData("we..b", false)]
    [InlineData("we.-b", false)]
    [InlineData("we/b", false)]
    [InlineData("web\n", false)]
    public void A_name_is_safe_as_a_directory_and_as_a_repository(string? name, bool good) => Assert.Equal(good, Names.IsName(name));

    [Fact]
    public void A_name_has_63_characters_at_most()
    {
        Assert.True(Names.IsName(new string('a', 63)));
        Assert.False(Names.IsName(new string('a', 64)));
    }

    [Theory]
    [InlineData("1.22.1-9_deb12u11", true)]
    [InlineData("v1", true)]
    [InlineData("1.22.1-9+deb12u11", false)]
    [InlineData(".v1", false)]
    [InlineData("", false)]
    public void A_version_can_be_a_tag(string version, bool good) => Assert.Equal(good, Names.IsVersion(version));

    [Theory]
    [InlineData("fix-libssl3-3.0.22-1~deb12u2", true)]
    [InlineData("../x", false)]
    [InlineData(".x", false)]
    [InlineData("a/b", false)]
    [InlineData("a b", false)]
    public void A_patch_id_is_safe_in_a_path(string id, bool good) => Assert.Equal(good, Names.IsPatchId(id));
}
