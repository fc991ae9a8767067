using System.Security.Cryptography;
using Fleet.Access;
using Google.Protobuf;

namespace Fleet.Gateway.Access;

/// <summary>Exchanges one-time tokens for device certificates.</summary>
internal sealed class EnrolmentService(Authority authority, Certificates certificates, IGrainFactory grains, Guesses guesses) : Wire.Enrolment.EnrolmentBase
{
    private static readonly Refusal Unknown = new(StatusCode.Unauthenticated, "TOKEN_UNKNOWN", "the enrolment token is not known here");
    private static readonly Refusal Used = new(StatusCode.Unauthenticated, "TOKEN_USED", "the enrolment token was used already: make another");
    private static readonly Refusal Expired = new(StatusCode.Unauthenticated, "TOKEN_EXPIRED", "the enrolment token has expired: make another");

    public override Task<Wire.AuthorityResponse> Authority(Wire.AuthorityRequest request, ServerCallContext context) =>
        Task.FromResult(new Wire.AuthorityResponse { Authority = ByteString.CopyFrom(authority.Certificate.RawData) });

    public override async Task<Wire.EnrolResponse> Enrol(Wire.EnrolRequest request, ServerCallContext context)
    {
        // The request is judged before the token is spent on it.
        var key = Certificates.KeyOf(request.CertificateRequest);
        if (EnrolmentToken.Read(request.Token) is not { } token || !CryptographicOperations.FixedTimeEquals(token.Fingerprint, authority.Fingerprint))
            throw Unknown.ToException();

        var from = context.GetHttpContext().Connection.RemoteIpAddress;
        if (!guesses.MayAsk(from)) throw Guesses.TooMany.ToException();
        var answer = await grains.Enrolment(token.SecretHash).Redeem(Convert.ToHexStringLower(SHA256.HashData(request.CertificateRequest.Span)));
        if (answer.Kind == EnrolmentAnswerKind.Unknown) guesses.Wrong(from);
        return answer switch
        {
            { Kind: EnrolmentAnswerKind.Accepted, Resource: var resource } when resource == token.Resource => await certificates.Issue(resource, key),
            { Kind: EnrolmentAnswerKind.Used } => throw Used.ToException(),
            { Kind: EnrolmentAnswerKind.Expired } => throw Expired.ToException(),
            _ => throw Unknown.ToException(),
        };
    }
}
