using Fleet.Resources;

namespace Fleet.Tests.Resources;

public sealed class ResourceTests
{
    [Fact]
    public void A_directive_is_kept_once_until_it_is_answered()
    {
        var state = Resource.Send(new ResourceState(), Order("a", 1), Sample.Noon);

        Assert.Same(state, Resource.Send(state, Order("a", 1), Sample.Noon));
        Assert.Empty(Resource.Answered(state, "a").Pending);
        Assert.Same(state, Resource.Answered(state, "b"));
    }

    [Fact]
    public void A_directive_that_was_answered_and_comes_again_is_not_wanted()
    {
        var answered = Resource.Answered(Resource.Send(new ResourceState(), Order("a", 1), Sample.Noon), "a");

        Assert.Same(answered, Resource.Send(answered, Order("a", 1), Sample.Noon));
        Assert.Single(Resource.Send(answered, Order("b", 2), Sample.Noon).Pending);
    }

    [Fact]
    public void A_directive_out_of_time_is_dropped()
    {
        var state = Resource.Send(new ResourceState(), Order("a", 1), Sample.Noon);

        Assert.Empty(Resource.Current(state, Sample.Noon.AddMinutes(1)).Pending);
        Assert.Empty(Resource.Send(new ResourceState(), Order("a", 1), Sample.Noon.AddMinutes(1)).Pending);
    }

    [Fact]
    public void Acknowledgements_never_go_back()
    {
        var state = Resource.Acknowledge(new ResourceState(), 5);

        Assert.Same(state, Resource.Acknowledge(state, 4));
        Assert.Equal(6, Resource.Acknowledge(state, 6).Acknowledged);
    }

    internal static Directive Order(string id, long generation) => new()
    {
        Id = id,
        Instance = "web",
        Generation = generation,
        StartBefore = Sample.Noon.AddMinutes(1),
        Change = "c",
        Kind = DirectiveKind.Apply,
    };
}
