using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Fleet.Protocol.Rest;

/// <summary>
/// Finds which fields of a refused JSON request are to blame. The parser says what is wrong but not always where, so each
/// value is parsed alone in its place.
/// </summary>
internal static class MalformedFields
{
    /// <summary>The fields to blame; <paramref name="otherwise"/> when none is found.</summary>
    public static ImmutableArray<FieldError> In(JsonObject request, MessageDescriptor type, JsonParser parser, string otherwise)
    {
        var found = Walk(request, type, parser, "").ToImmutableArray();
        return found.IsEmpty ? [new FieldError("", otherwise)] : found;
    }

    /// <summary>Whether JSON writes this message as a single text, like Timestamp and Duration.</summary>
    public static bool IsWrittenAsText(MessageDescriptor type) => type.FullName is
        "google.protobuf.Timestamp" or "google.protobuf.Duration" or "google.protobuf.FieldMask";

    private static IEnumerable<FieldError> Walk(JsonObject message, MessageDescriptor type, JsonParser parser, string prefix)
    {
        foreach (var (name, value) in message)
        {
            var path = prefix + name;
            var field = type.Fields.InFieldNumberOrder().FirstOrDefault(f => f.JsonName == name || f.Name == name);
            if (field is null)
            {
                yield return new FieldError(path, "no such field");
                continue;
            }

            foreach (var error in InField(field, name, value, type, parser, path)) yield return error;
        }
    }

    private static IEnumerable<FieldError> InField(FieldDescriptor field, string name, JsonNode? value, MessageDescriptor type, JsonParser parser, string path) => (field, value) switch
    {
        ({ IsMap: false, IsRepeated: true }, JsonArray items) => items.SelectMany((item, i) =>
            InValue(field, item, new JsonObject { [name] = new JsonArray(item?.DeepClone()) }, type, parser, $"{path}[{i}]")),
        ({ IsMap: true }, JsonObject entries) => entries.SelectMany(entry => InEntry(field, name, entry, type, parser, $"{path}.{entry.Key}")),
        _ => InValue(field, value, new JsonObject { [name] = value?.DeepClone() }, type, parser, path),
    };

    private static IEnumerable<FieldError> InEntry(FieldDescriptor field, string name, KeyValuePair<string, JsonNode?> entry, MessageDescriptor type, JsonParser parser, string path) =>
        Parses(new JsonObject { [name] = new JsonObject { [entry.Key] = entry.Value?.DeepClone() } }, type, parser)
            ? []
            : [new FieldError(path, $"expected {Expected(field.MessageType.FindFieldByName("value"))}")];

    private static IEnumerable<FieldError> InValue(FieldDescriptor field, JsonNode? value, JsonObject alone, MessageDescriptor type, JsonParser parser, string path)
    {
        if (!field.IsMap && field.FieldType == FieldType.Message && !IsWrittenAsText(field.MessageType) && value is JsonObject inner)
            return Walk(inner, field.MessageType, parser, path + ".");

        return Parses(alone, type, parser) ? [] : [new FieldError(path, $"expected {Expected(field)}")];
    }

    private static bool Parses(JsonObject alone, MessageDescriptor type, JsonParser parser)
    {
        try
        {
            parser.Parse(alone.ToJsonString(), type);
            return true;
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or InvalidOperationException or FormatException or OverflowException)
        {
            return false;
        }
    }

    private static string Expected(FieldDescriptor field) => field.FieldType switch
    {
        FieldType.String => "a text",
        FieldType.Bool => "true or false",
        FieldType.Bytes => "bytes in base64",
        FieldType.Enum => $"one of {string.Join(", ", field.EnumType.Values.Select(v => v.Name))}",
        FieldType.Double or FieldType.Float => "a number",
        FieldType.UInt32 or FieldType.Fixed32 => "a whole number from 0 to 4294967295",
        FieldType.UInt64 or FieldType.Fixed64 => "a whole number from 0 to 18446744073709551615",
        FieldType.Message when field.MessageType.FullName == "google.protobuf.Duration" => "a duration in seconds, such as \"90s\"",
        FieldType.Message when field.MessageType.FullName == "google.protobuf.Timestamp" => "a time in UTC, such as \"2026-01-31T12:00:00Z\"",
        FieldType.Message => "an object",
        _ => "a whole number",
    };
}
