using System.Text.Json.Nodes;
using Google.Protobuf.Reflection;

namespace Fleet.Protocol.Rest;

/// <summary>JSON schemas of the contract's messages, as the JSON form of protocol buffers writes them.</summary>
internal sealed class OpenApiSchemas(ContractComments comments)
{
    private readonly SortedDictionary<string, JsonObject> schemas = new(StringComparer.Ordinal);

    /// <summary>A reference to the message's schema, which is added when it is new.</summary>
    public JsonObject Reference(MessageDescriptor message)
    {
        if (schemas.TryAdd(message.Name, [])) schemas[message.Name] = Message(message, message.Fields.InDeclarationOrder());
        return Reference(message.Name);
    }

    /// <summary>The message without the fields that the path holds.</summary>
    public JsonObject Body(MessageDescriptor message, IReadOnlyCollection<FieldDescriptor> inPath) =>
        Message(message, message.Fields.InDeclarationOrder().Where(f => !inPath.Contains(f)));

    /// <summary>The schema of one field.</summary>
    public JsonObject Field(FieldDescriptor field)
    {
        var schema = field switch
        {
            { IsMap: true } => new JsonObject { ["type"] = "object", ["additionalProperties"] = One(field.MessageType.FindFieldByName("value")) },
            { IsRepeated: true } => new JsonObject { ["type"] = "array", ["items"] = One(field) },
            _ => One(field),
        };
        if (comments[field] is { Length: > 0 } text) schema["description"] = text;
        return schema;
    }

    /// <summary>All schemas that were referred to.</summary>
    public JsonObject All() => new(schemas.Select(s => KeyValuePair.Create<string, JsonNode?>(s.Key, s.Value)));

    private JsonObject Message(MessageDescriptor message, IEnumerable<FieldDescriptor> fields)
    {
        var schema = new JsonObject
        {
            ["type"] = "object",
            ["properties"] = new JsonObject(fields.Select(f => KeyValuePair.Create<string, JsonNode?>(f.JsonName, Field(f)))),
            ["additionalProperties"] = false,
        };
        if (comments[message] is { Length: > 0 } text) schema["description"] = text;
        return schema;
    }

    private JsonObject One(FieldDescriptor field) => field.FieldType switch
    {
        FieldType.Bool => new() { ["type"] = "boolean" },
        FieldType.String => new() { ["type"] = "string" },
        FieldType.Bytes => new() { ["type"] = "string", ["contentEncoding"] = "base64" },
        FieldType.Double or FieldType.Float => new() { ["type"] = "number", ["format"] = "double" },
        FieldType.UInt32 or FieldType.Fixed32 => new() { ["type"] = "integer", ["minimum"] = 0, ["maximum"] = uint.MaxValue },
        FieldType.Int32 or FieldType.SInt32 or FieldType.SFixed32 => new() { ["type"] = "integer", ["format"] = "int32" },
        FieldType.UInt64 or FieldType.Fixed64 => new() { ["type"] = "string", ["format"] = "uint64", ["pattern"] = "^[0-9]+$" },
        FieldType.Int64 or FieldType.SInt64 or FieldType.SFixed64 => new() { ["type"] = "string", ["format"] = "int64", ["pattern"] = "^-?[0-9]+$" },
        FieldType.Enum => Enumeration(field.EnumType),
        FieldType.Message when field.MessageType.FullName == "google.protobuf.Timestamp" => new() { ["type"] = "string", ["format"] = "date-time" },
        FieldType.Message when field.MessageType.FullName == "google.protobuf.Duration" => new() { ["type"] = "string", ["pattern"] = @"^-?[0-9]+(\.[0-9]{1,9})?s$" },
        FieldType.Message => Reference(field.MessageType),
        _ => throw new NotSupportedException($"{field.FullName}: {field.FieldType} has no schema yet"),
    };

    private JsonObject Enumeration(EnumDescriptor type)
    {
        schemas.TryAdd(type.Name, new JsonObject
        {
            ["type"] = "string",
            ["enum"] = new JsonArray([.. type.Values.Select(v => JsonValue.Create(v.Name))]),
            ["description"] = string.Join(" ", type.Values.Where(v => comments[v].Length > 0).Select(v => $"{v.Name}: {comments[v]}").Prepend(comments[type])).Trim(),
        });
        return Reference(type.Name);
    }

    private static JsonObject Reference(string name) => new() { ["$ref"] = $"#/components/schemas/{name}" };
}
