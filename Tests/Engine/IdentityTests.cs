namespace Fleet.Engine.Tests;

/// <summary>Identities are stored and sorted: they must be the same on both engines.</summary>
public sealed class IdentityTests
{
    [Theory]
    [InlineData("thing/one", "thing", "one")]
    [InlineData("thing/one/two", "thing", "one/two")]
    [InlineData("ding/größe", "ding", "größe")]
    public void An_identity_is_written_as_kind_and_key(string text, string kind, string key)
    {
        var id = GrainId.Parse(text);

        Assert.Equal((kind, key), (id.Type.ToString(), id.Key.ToString()));
        Assert.Equal(text, id.ToString());
        Assert.Equal(GrainId.Create(kind, key), id);
    }

    [Fact]
    public void What_has_no_slash_is_no_identity()
    {
        Assert.False(GrainId.TryParse("thing", out _));
        Assert.Throws<ArgumentException>(() => GrainId.Parse("thing"));
    }

    [Fact]
    public void Identities_are_ordered_by_kind_then_by_the_bytes_of_the_key()
    {
        GrainId[] ordered = [GrainId.Parse("a/z"), GrainId.Parse("b/A"), GrainId.Parse("b/a"), GrainId.Parse("b/aa"), GrainId.Parse("b/ä")];

        Assert.Equal(ordered, ordered.Reverse().Order());
    }

    [Fact]
    public void Numbers_and_Guids_have_one_form_as_keys()
    {
        var guid = new Guid("0f8fad5b-d9cb-469f-a165-70867728950e");

        Assert.Equal("0f8fad5bd9cb469fa16570867728950e", GrainIdKeyExtensions.CreateGuidKey(guid).ToString());
        Assert.Equal(guid, GrainId.Create(GrainType.Create("thing"), GrainIdKeyExtensions.CreateGuidKey(guid)).GetGuidKey());
        foreach (var (number, text) in ((long, string)[])[(0, "0"), (255, "FF"), (-1, "FFFFFFFFFFFFFFFF"), (long.MinValue, "8000000000000000")])
        {
            Assert.Equal(text, GrainIdKeyExtensions.CreateIntegerKey(number).ToString());
            Assert.Equal(number, GrainId.Create(GrainType.Create("thing"), GrainIdKeyExtensions.CreateIntegerKey(number)).GetIntegerKey());
        }
    }

    [Fact]
    public void An_identity_is_text_in_JSON()
    {
        var json = System.Text.Json.JsonSerializer.Serialize(new Dictionary<GrainId, GrainId> { [GrainId.Parse("a/b")] = GrainId.Parse("c/d") });

        Assert.Equal("""{"a/b":"c/d"}""", json);
        Assert.Equal(GrainId.Parse("c/d"), System.Text.Json.JsonSerializer.Deserialize<Dictionary<GrainId, GrainId>>(json)![GrainId.Parse("a/b")]);
    }
}
