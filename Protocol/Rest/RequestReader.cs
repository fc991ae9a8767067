using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Microsoft.AspNetCore.Http;

namespace Fleet.Protocol.Rest;

/// <summary>Makes a request message of a path, a query and a JSON body; refuses what the contract doesn't know, by name.</summary>
internal sealed class RequestReader(MethodDescriptor method, HttpRoute route)
{
    /// <summary>A body has at most so many bytes.</summary>
    public const int BodyLimit = 1024 * 1024;

    private static readonly JsonParser Parser = new(JsonParser.Settings.Default.WithIgnoreUnknownFields(false).WithRecursionLimit(32));

    /// <exception cref="RefusedRequest">The request is malformed.</exception>
    public async Task<IMessage> Read(HttpContext http)
    {
        var fields = route.HasBody ? await Body(http) : Query(http.Request.Query);
        foreach (var variable in route.Variables)
        {
            var value = http.Request.RouteValues[variable.Name] as string ?? "";
            if (Find(fields, variable) is { } other && other.ToString() != value)
                throw new RefusedRequest(Refusal.Malformed(new FieldError(variable.JsonName, $"is '{value}' in the path and another in the body")));
            fields.Remove(variable.Name);
            fields[variable.JsonName] = value;
        }

        try
        {
            return Parser.Parse(fields.ToJsonString(), method.InputType);
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or InvalidOperationException or FormatException or OverflowException)
        {
            throw new RefusedRequest(Refusal.Malformed(MalformedFields.In(fields, method.InputType, Parser, e.Message)));
        }
    }

    private static JsonNode? Find(JsonObject fields, FieldDescriptor field) => fields[field.JsonName] ?? fields[field.Name];

    private static async Task<JsonObject> Body(HttpContext http)
    {
        if (http.Request.ContentLength > BodyLimit) throw TooLarge();
        using var buffer = new MemoryStream();
        var part = new byte[16 * 1024];
        while (await http.Request.Body.ReadAsync(part, http.RequestAborted) is > 0 and var read)
        {
            buffer.Write(part, 0, read);
            if (buffer.Length > BodyLimit) throw TooLarge();
        }

        if (buffer.Length == 0) return [];
        if (!http.Request.HasJsonContentType())
            throw new RefusedRequest(Problem.Of(StatusCodes.Status415UnsupportedMediaType, "CONTENT_TYPE_UNKNOWN", "the body must be application/json"));

        try
        {
            var text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
            var node = JsonNode.Parse(text, documentOptions: new JsonDocumentOptions { MaxDepth = 32, AllowDuplicateProperties = false });
            return node as JsonObject ?? throw new RefusedRequest(Refusal.Malformed(new FieldError("", "the body must be a JSON object")));
        }
        catch (Exception e) when (e is JsonException or DecoderFallbackException)
        {
            throw new RefusedRequest(Refusal.Malformed(new FieldError("", $"the body is no JSON: {e.Message}")));
        }
    }

    private static RefusedRequest TooLarge() =>
        new(Problem.Of(StatusCodes.Status413PayloadTooLarge, "REQUEST_TOO_LARGE", $"the body must be at most {BodyLimit} bytes"));

    private JsonObject Query(IQueryCollection query)
    {
        var fields = new JsonObject();
        foreach (var (key, values) in query)
        {
            var field = method.InputType.FindFieldByName(key) ?? method.InputType.Fields.InFieldNumberOrder().FirstOrDefault(f => f.JsonName == key);
            if (field is null || field.IsMap || (field.FieldType == FieldType.Message && !MalformedFields.IsWrittenAsText(field.MessageType)))
                throw new RefusedRequest(Refusal.Malformed(new FieldError(key, "no such query parameter")));
            if (!field.IsRepeated && values.Count > 1)
                throw new RefusedRequest(Refusal.Malformed(new FieldError(key, "is given more than once")));
            fields[field.JsonName] = field.IsRepeated ? new JsonArray([.. values.Select(v => Value(field, v))]) : Value(field, values[0]);
        }

        return fields;
    }

    // The parser takes every scalar from text but truth values.
    private static JsonValue Value(FieldDescriptor field, string? text) => field.FieldType == FieldType.Bool && bool.TryParse(text, out var truth)
        ? JsonValue.Create(truth)
        : JsonValue.Create(text ?? "");
}

/// <summary>Ends the reading of a request with its problem.</summary>
internal sealed class RefusedRequest(Problem problem) : Exception(problem.Detail)
{
    public RefusedRequest(Refusal refusal)
        : this(Problem.Of(refusal))
    {
    }

    public Problem Problem { get; } = problem;
}
