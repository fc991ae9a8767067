using Fleet.Access;

namespace Fleet.Tests.Access;

public sealed class EnrolmentTests
{
    [Fact]
    public void A_token_is_good_for_one_request()
    {
        var (used, first, _) = Enrolment.Redeem(Offered(), "t", "request", Sample.Noon);

        Assert.Equal((EnrolmentAnswerKind.Accepted, "edge-1"), (first.Kind, first.Resource));
        Assert.Equal(EnrolmentAnswerKind.Used, Enrolment.Redeem(used, "t", "other", Sample.Noon).Answer.Kind);
    }

    [Fact]
    public void The_same_request_gets_the_same_answer_however_late()
    {
        var (used, _, _) = Enrolment.Redeem(Offered(), "t", "request", Sample.Noon);

        var again = Enrolment.Redeem(used, "t", "request", Sample.Noon.AddDays(1));

        Assert.Equal(EnrolmentAnswerKind.Accepted, again.Answer.Kind);
        Assert.Empty(again.Effects);
    }

    [Fact]
    public void A_token_out_of_time_is_good_for_nothing()
    {
        var (state, answer, effects) = Enrolment.Redeem(Offered(), "t", "request", Sample.Noon.AddHours(1));

        Assert.Equal(EnrolmentAnswerKind.Expired, answer.Kind);
        Assert.Equal("", state.UsedFor);
        Assert.Single(effects);
    }

    [Fact]
    public void A_token_that_nobody_offered_is_unknown_and_leaves_no_trace()
    {
        var (state, answer, effects) = Enrolment.Redeem(new EnrolmentState(), "t", "request", Sample.Noon);

        Assert.Equal(EnrolmentAnswerKind.Unknown, answer.Kind);
        Assert.Equal("", state.Resource);
        Assert.Empty(effects);
    }

    [Fact]
    public void A_token_is_offered_once() =>
        Assert.Equal("edge-1", Enrolment.Offer(Offered(), "t", "edge-2", Sample.Noon.AddDays(1), "ada", Sample.Noon).State.Resource);

    private static EnrolmentState Offered() => Enrolment.Offer(new EnrolmentState(), "t", "edge-1", Sample.Noon.AddHours(1), "ada", Sample.Noon).State;
}
