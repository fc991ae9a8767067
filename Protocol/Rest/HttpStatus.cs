using Grpc.Core;

namespace Fleet.Protocol.Rest;

/// <summary>Which HTTP status tells the same as a gRPC status.</summary>
public static class HttpStatus
{
    /// <summary>Malformed is 400; understood but refused is 422; in the way of another change, or already otherwise, is 409.</summary>
    public static int Of(StatusCode status) => status switch
    {
        StatusCode.OK => 200,
        StatusCode.InvalidArgument or StatusCode.OutOfRange => 400,
        StatusCode.Unauthenticated => 401,
        StatusCode.PermissionDenied => 403,
        StatusCode.NotFound => 404,
        StatusCode.Aborted or StatusCode.AlreadyExists => 409,
        StatusCode.FailedPrecondition => 422,
        StatusCode.ResourceExhausted => 429,
        StatusCode.Cancelled => 499,
        StatusCode.Unimplemented => 501,
        StatusCode.Unavailable => 503,
        StatusCode.DeadlineExceeded => 504,
        _ => 500,
    };
}
