using System.Collections.Immutable;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using Status = Grpc.Core.Status;

namespace Fleet.Protocol;

/// <summary>One malformed field of a request.</summary>
/// <param name="Field">Its path in the request as JSON names it, e.g. <c>ports[0].hostPort</c>.</param>
/// <param name="Message">What is wrong with it, and what is expected.</param>
public sealed record FieldError(string Field, string Message);

/// <summary>
/// Why a call was refused, the same on every transport: a gRPC status with ErrorInfo and BadRequest details,
/// or a problem document over REST.
/// </summary>
public sealed record Refusal(StatusCode Status, string Reason, string Detail)
{
    /// <summary>The scope of Fleet's reasons in google.rpc.ErrorInfo.</summary>
    public const string Domain = "fleet";

    private const string DetailsTrailer = "grpc-status-details-bin";

    public ImmutableArray<FieldError> Errors { get; init; } = [];

    /// <summary>The request is malformed in these fields.</summary>
    public static Refusal Malformed(params ImmutableArray<FieldError> errors) => new(
        StatusCode.InvalidArgument, "REQUEST_INVALID", string.Join("; ", errors.Select(e => e.Field.Length == 0 ? e.Message : $"{e.Field}: {e.Message}"))) { Errors = errors };

    /// <summary>What a caller is told when something broke inside: a timeout may be tried again; the rest is in the log.</summary>
    public static Refusal Internal(Exception exception) => exception is TimeoutException
        ? new Refusal(StatusCode.Unavailable, "ENGINE_BUSY", "the engine did not answer in time; the call may have been carried out, and is safe to repeat")
        : new Refusal(StatusCode.Internal, "INTERNAL", "something broke inside the engine; its log says what");

    /// <summary>Reads a refusal back from the exception that carried it.</summary>
    public static Refusal Of(RpcException exception)
    {
        var refusal = new Refusal(exception.StatusCode, "", exception.Status.Detail);
        if (exception.Trailers.GetValueBytes(DetailsTrailer) is not { } bytes) return refusal;

        foreach (var detail in Google.Rpc.Status.Parser.ParseFrom(bytes).Details)
        {
            if (detail.TryUnpack<ErrorInfo>(out var info)) refusal = refusal with { Reason = info.Reason };
            if (detail.TryUnpack<BadRequest>(out var bad)) refusal = refusal with { Errors = [.. bad.FieldViolations.Select(v => new FieldError(v.Field, v.Description))] };
        }

        return refusal;
    }

    /// <summary>The form in which gRPC carries it.</summary>
    public RpcException ToException() => new(new Status(Status, Detail), Trailers());

    /// <summary>The trailers that carry reason and fields beside the status.</summary>
    public Metadata Trailers()
    {
        var status = new Google.Rpc.Status { Code = (int)Status, Message = Detail };
        status.Details.Add(Any.Pack(new ErrorInfo { Reason = Reason, Domain = Domain }));
        if (!Errors.IsEmpty)
        {
            var bad = new BadRequest();
            bad.FieldViolations.AddRange(Errors.Select(e => new BadRequest.Types.FieldViolation { Field = e.Field, Description = e.Message }));
            status.Details.Add(Any.Pack(bad));
        }

        return new Metadata { { DetailsTrailer, status.ToByteArray() } };
    }
}
