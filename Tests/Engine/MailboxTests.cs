#if EMBEDDED
using Fleet.Engine.Embedded;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fleet.Engine.Tests;

/// <summary>The moment in which a turn begins or is given up: it is one or the other.</summary>
public sealed class MailboxTests
{
    private readonly Mailbox box = new(new TurnQueue(new Nowhere(), null), reentrant: false, new EngineLog(NullLogger<EngineLog>.Instance));

    [Fact]
    public void A_turn_for_which_nobody_waits_any_more_does_not_begin_in_a_mailbox_that_is_open_already()
    {
        box.Open();
        var abandoned = new Waited { Abandoned = true };

        Assert.True(box.TryAdd(abandoned));
        Assert.Equal(TurnStage.Over, abandoned.Stage);
        Assert.True(box.IsIdle);
    }

    [Fact]
    public void A_turn_that_was_given_up_does_not_begin_and_one_that_has_begun_cannot_be_given_up()
    {
        box.Open();
        var (givenUp, begun) = (new Waited(), new Waited());
        Assert.True(givenUp.TryGiveUp());
        Assert.True(box.TryAdd(givenUp));
        Assert.Equal(TurnStage.Over, givenUp.Stage);

        Assert.True(box.TryAdd(begun));
        Assert.False(begun.TryGiveUp());
        Assert.Equal([begun], box.Running());
    }

    [Fact]
    public void A_turn_that_was_given_up_while_it_waited_leaves_its_place_to_the_next()
    {
        var (givenUp, next) = (new Waited(), new Waited());
        box.TryAdd(givenUp);
        box.TryAdd(next);
        givenUp.TryGiveUp();
        box.Open();

        Assert.Equal([next], box.Running());
    }

    private sealed class Waited : Turn
    {
        public bool Abandoned { get; set; }

        public override string Name => "a turn";

        public override bool IsAbandoned => Abandoned;

        public override Task Run() => Task.CompletedTask;
    }

    /// <summary>Nothing runs here.</summary>
    private sealed class Nowhere : ITurnScheduler
    {
        public int StepsInARow => 1;

        public void Post(IThreadPoolWorkItem work) { }
    }
}
#endif
