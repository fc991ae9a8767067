namespace Fleet.Access;

/// <summary>One enrolment token; the grain's key is the SHA-256 of the token's secret, hexadecimal, so the secret is stored nowhere.</summary>
[Alias("fleet.enrolment")]
public interface IEnrolmentGrain : IGrainWithStringKey
{
    [Alias("offer")] Task Offer(string resource, DateTimeOffset expires, string by);

    /// <summary>Uses the token. The same certificate request may repeat it (its answer may have been lost); another is refused.</summary>
    [Alias("redeem")] Task<EnrolmentAnswer> Redeem(string requestHash);
}

public enum EnrolmentAnswerKind
{
    Accepted,
    Unknown,
    Used,
    Expired,
}

[GenerateSerializer, Immutable, Alias("fleet.enrolment-answer")]
public sealed record EnrolmentAnswer([property: Id(0)] EnrolmentAnswerKind Kind, [property: Id(1)] string Resource);

/// <summary>One operator key, by its public id; only the secret's hash is kept.</summary>
[Alias("fleet.operator-key")]
public interface IOperatorKeyGrain : IGrainWithStringKey
{
    /// <summary>Sets the key if there is none; false when there was one already, which stays.</summary>
    [Alias("create")] Task<bool> Create(OperatorKey key);

    [Alias("find"), ReadOnly] Task<OperatorKey?> Find();
}

/// <param name="Name">Who holds it: the actor in the audit.</param>
/// <param name="SecretHash">SHA-256 of the secret, hexadecimal; the secret has 256 random bits, so no slow hash is needed.</param>
[GenerateSerializer, Immutable, Alias("fleet.operator-key-facts")]
public sealed record OperatorKey([property: Id(0)] string Name, [property: Id(1)] string SecretHash, [property: Id(2)] string Role);

public static class AccessGrains
{
    public static IEnrolmentGrain Enrolment(this IGrainFactory grains, string secretHash) => grains.GetGrain<IEnrolmentGrain>(secretHash);

    public static IOperatorKeyGrain OperatorKey(this IGrainFactory grains, string id) => grains.GetGrain<IOperatorKeyGrain>(id);
}
