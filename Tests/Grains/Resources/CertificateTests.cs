using Fleet.Resources;

namespace Fleet.Tests.Resources;

/// <summary>Which certificates a resource is known by.</summary>
public sealed class CertificateTests
{
    private static readonly DateTimeOffset Expires = Sample.Noon.AddDays(30);
    private static readonly ResourceState First = Resource.Enrolled(new(), "first", Expires);

    [Fact]
    public void Enrolling_again_ends_the_certificates_before()
    {
        var renewed = Resource.Renewed(First, "first", "second", Expires);

        var again = Resource.Enrolled(renewed, "other device", Expires);

        Assert.Equal((true, false, false), Known(again, "other device", "first", "second"));
    }

    [Fact]
    public void A_certificate_is_good_until_the_one_that_renews_it_is_used()
    {
        var renewed = Resource.Renewed(First, "first", "second", Expires);
        Assert.Equal((true, true, false), Known(renewed, "first", "second", "stranger"));

        Assert.Equal((true, true, false), Known(Connected(renewed, "first"), "first", "second", "stranger"));
        Assert.Equal((false, true, false), Known(Connected(renewed, "second"), "first", "second", "stranger"));
    }

    [Fact]
    public void However_many_answers_are_lost_the_certificate_that_the_device_has_stays_good()
    {
        var state = First;
        for (var i = 0; i < 9; i++) state = Resource.Renewed(state, "first", $"lost-{i}", Expires);

        Assert.Equal((true, true, false), Known(state, "first", "lost-8", "lost-0"));
        Assert.Equal(3, state.Predecessors.Length);
    }

    [Fact]
    public void A_resource_without_memory_of_its_certificate_believes_what_the_authority_signed() => Assert.True(Resource.Recognizes(new(), "any"));

    private static ResourceState Connected(ResourceState state, string certificate) =>
        Resource.Connect(state, new() { Session = "s", BootId = "b", AgentVersion = "1", Certificate = certificate }, Sample.Noon);

    private static (bool, bool, bool) Known(ResourceState state, string a, string b, string c) =>
        (Resource.Recognizes(state, a), Resource.Recognizes(state, b), Resource.Recognizes(state, c));
}
