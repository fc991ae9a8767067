using Fleet.Access;

namespace Fleet.Gateway.Fakes;

/// <summary>One token: used once, and by the same request again.</summary>
public sealed class FakeEnrolment(TimeProvider time) : IEnrolmentGrain
{
    private string? resource;
    private string? usedBy;
    private DateTimeOffset expires;

    public Task Offer(string resource, DateTimeOffset expires, string by)
    {
        (this.resource, this.expires) = (resource, expires);
        return Task.CompletedTask;
    }

    public Task<EnrolmentAnswer> Redeem(string requestHash) => Task.FromResult(new EnrolmentAnswer(Kind(requestHash), resource ?? ""));

    private EnrolmentAnswerKind Kind(string requestHash)
    {
        if (resource is null) return EnrolmentAnswerKind.Unknown;
        if (usedBy is null && time.GetUtcNow() >= expires) return EnrolmentAnswerKind.Expired;
        usedBy ??= requestHash;
        return usedBy == requestHash ? EnrolmentAnswerKind.Accepted : EnrolmentAnswerKind.Used;
    }
}

public sealed class FakeOperatorKey : IOperatorKeyGrain
{
    private OperatorKey? key;

    public Task<bool> Create(OperatorKey key)
    {
        var created = this.key is null;
        this.key ??= key;
        return Task.FromResult(created);
    }

    public Task<OperatorKey?> Find() => Task.FromResult(key);
}
