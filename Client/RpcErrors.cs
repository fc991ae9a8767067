using System.Security.Authentication;
using Google.Protobuf;
using Google.Rpc;
using Grpc.Core;

namespace Fleet.Client;

/// <summary>Reads what came of a failed call: the engine's own reasons where it gave them, the connection's otherwise.</summary>
internal static class RpcErrors
{
    /// <summary>The engine's certificate is not trusted, or it speaks no TLS 1.3.</summary>
    public const string Untrusted = "ENGINE_UNTRUSTED";
    public const string Unreachable = "UNREACHABLE";
    public const string Lost = "CONNECTION_LOST";
    private const string DetailsTrailer = "grpc-status-details-bin";

    /// <summary>The failure as a <see cref="FleetException"/>; not for calls that the caller cancelled.</summary>
    public static FleetException Read(RpcException error, Uri engine)
    {
        if (error.Status.DebugException is { } cause && Connection(cause, engine) is { } broken) return broken;
        // Cancelled by the engine, not by us: it is stopping.
        if (error.StatusCode == StatusCode.Cancelled) return new FleetException(StatusCode.Unavailable, Lost, $"{engine} ended the call: {error.Status.Detail}", inner: error);

        var details = Details(error);
        var reason = Find<ErrorInfo>(details)?.Reason ?? "";
        var fields = Find<BadRequest>(details)?.FieldViolations.Select(v => new FieldFault(v.Field, v.Description)).ToArray() ?? [];
        return new FleetException(error.StatusCode, reason, error.Status.Detail, fields, error);
    }

    /// <summary>A failure of the connection itself; null when the cause is none.</summary>
    public static FleetException? Connection(Exception cause, Uri engine)
    {
        var causes = Causes(cause).ToArray();
        if (causes.OfType<AuthenticationException>().FirstOrDefault() is { } tls)
            return new FleetException(StatusCode.Unavailable, Untrusted, $"no trusted TLS 1.3 connection to {engine}: {Innermost(tls)}", inner: cause);
        if (causes.OfType<HttpRequestException>().FirstOrDefault() is { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError } unreachable)
            return new FleetException(StatusCode.Unavailable, Unreachable, $"can't reach {engine}: {causes[^1].Message}", inner: unreachable);
        return causes.Any(c => c is IOException or HttpRequestException)
            ? new FleetException(StatusCode.Unavailable, Lost, $"the connection to {engine} was lost: {causes[^1].Message}", inner: cause)
            : null;
    }

    private static string Innermost(Exception error) => Causes(error).Last().Message;

    private static IEnumerable<Exception> Causes(Exception cause)
    {
        for (var at = cause; at is not null; at = at.InnerException) yield return at;
    }

    private static Google.Rpc.Status? Details(RpcException error)
    {
        try
        {
            return error.Trailers.GetValueBytes(DetailsTrailer) is { } bytes ? Google.Rpc.Status.Parser.ParseFrom(bytes) : null;
        }
        catch (InvalidProtocolBufferException)
        {
            return null; // Whoever wrote that is no engine of ours; the status itself still stands.
        }
    }

    private static T? Find<T>(Google.Rpc.Status? details) where T : class, IMessage, new()
    {
        foreach (var detail in details?.Details ?? [])
            if (detail.TryUnpack<T>(out var found)) return found;
        return null;
    }
}
