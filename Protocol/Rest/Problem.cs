using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace Fleet.Protocol.Rest;

/// <summary>A problem document (RFC 9457): <c>reason</c> is the word for programs, <c>errors</c> names the malformed fields.</summary>
public sealed record Problem
{
    public const string ContentType = "application/problem+json";

    // It is never part of a page, and people read it: quotes stay quotes.
    private static readonly ProblemJson Json = new(new JsonSerializerOptions(ProblemJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    public string Type { get; init; } = "about:blank";
    public required string Title { get; init; }
    public required int Status { get; init; }
    public required string Detail { get; init; }
    public required string Reason { get; init; }
    public ImmutableArray<FieldError>? Errors { get; init; }

    /// <summary>The refusal as a problem document.</summary>
    public static Problem Of(Refusal refusal) => Of(HttpStatus.Of(refusal.Status), refusal.Reason, refusal.Detail) with
    {
        Errors = refusal.Errors.IsEmpty ? null : refusal.Errors,
    };

    /// <summary>A problem that HTTP knows and gRPC doesn't, e.g. 405, 413 or 415.</summary>
    public static Problem Of(int status, string reason, string detail) => new()
    {
        Title = status == 499 ? "Client Closed Request" : ReasonPhrases.GetReasonPhrase(status),
        Status = status,
        Detail = detail,
        Reason = reason,
    };

    /// <summary>Its JSON text on one line.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json.Problem);

    /// <summary>Answers with this problem.</summary>
    public Task Write(HttpContext http)
    {
        http.Response.StatusCode = Status;
        http.Response.ContentType = ContentType;
        return http.Response.WriteAsync(ToJson(), http.RequestAborted);
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Problem))]
internal sealed partial class ProblemJson : JsonSerializerContext;
