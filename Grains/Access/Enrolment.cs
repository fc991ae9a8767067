using Fleet.Audit;
using Fleet.Committing;

namespace Fleet.Access;

/// <summary>What an enrolment token is good for. Pure.</summary>
internal static class Enrolment
{
    /// <param name="token">The token's public name: the hash of its secret.</param>
    public static (EnrolmentState State, ImmutableArray<Effect> Effects) Offer(
        EnrolmentState state, string token, string resource, DateTimeOffset expires, string by, DateTimeOffset now) => state.Resource != ""
        ? (state, [])
        : (state with { Resource = resource, Expires = expires }, [Record(token, resource, "offered", by, $"until {expires:u}", now)]);

    public static (EnrolmentState State, EnrolmentAnswer Answer, ImmutableArray<Effect> Effects) Redeem(
        EnrolmentState state, string token, string requestHash, DateTimeOffset now) => state switch
    {
        { Resource: "" } => (state, new(EnrolmentAnswerKind.Unknown, ""), []),
        // Its answer may have been lost: the same request gets the same answer, however late.
        { UsedFor: var used } when used == requestHash => (state, new(EnrolmentAnswerKind.Accepted, state.Resource), []),
        { UsedFor: not "" } => (state, new(EnrolmentAnswerKind.Used, state.Resource), [Record(token, state.Resource, "refused", "agent", "USED", now, requestHash)]),
        { Expires: var end } when now >= end => (state, new(EnrolmentAnswerKind.Expired, state.Resource), [Record(token, state.Resource, "refused", "agent", "EXPIRED", now, requestHash)]),
        _ => (state with { UsedFor = requestHash }, new(EnrolmentAnswerKind.Accepted, state.Resource), [Record(token, state.Resource, "redeemed", "agent", $"request {requestHash}", now)]),
    };

    private static Effect.Record Record(string token, string resource, string happening, string actor, string evidence, DateTimeOffset now, string request = "") => new(new AuditEntry
    {
        Id = $"enrolment:{token}:{happening}:{request}".TrimEnd(':'),
        At = now,
        Actor = actor == "agent" ? $"agent:{resource}" : actor,
        Action = $"enrolment.{happening}",
        Subject = resource,
        Evidence = evidence,
        Outcome = Upper(happening),
    });

    private static string Upper(string happening) => happening.ToUpperInvariant();
}
