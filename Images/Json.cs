using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Fleet.Images;

/// <summary>How Fleet's JSON is written and read: strict, and with defaults where members are missing.</summary>
internal static class Json
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    // No \u002B for '+': media types and base64 stay readable, and there is one way to write a byte.
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Write<T>(T value, JsonTypeInfo<T> type)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Plain)) JsonSerializer.Serialize(writer, value, type);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Reads a record that has no defaults.</summary>
    /// <exception cref="JsonException">It is no such record; the message names the member.</exception>
    public static T Read<T>(ReadOnlySpan<byte> text, JsonTypeInfo<T> type) => Read(text, [], type);

    /// <summary>
    /// Reads a record whose properties have defaults; members that are missing are taken from <paramref name="defaults"/>.
    /// Source-generated code gives a missing init-only property the default of its type instead of the record's.
    /// </summary>
    /// <exception cref="JsonException">It is no such record; the message names the member.</exception>
    public static T Read<T>(ReadOnlySpan<byte> text, JsonObject defaults, JsonTypeInfo<T> type)
    {
        try
        {
            if (JsonNode.Parse(text, documentOptions: Strict) is not JsonObject given) throw new JsonException("expected a JSON object");
            Fill(given, defaults);
            return given.Deserialize(type) ?? throw new JsonException("expected a JSON object");
        }
        catch (InvalidOperationException e)
        {
            // Strings are decoded late, and bytes that are no UTF-8 surface as this.
            throw new JsonException(e.Message, e);
        }
    }

    /// <summary>An example's members, less those that must be given.</summary>
    /// <param name="example">Has the default of every member.</param>
    /// <param name="type">How it is written.</param>
    /// <param name="required">Paths such as <c>probe.kind</c>.</param>
    public static JsonObject Defaults<T>(T example, JsonTypeInfo<T> type, params ReadOnlySpan<string> required)
    {
        var defaults = JsonSerializer.SerializeToNode(example, type)!.AsObject();
        foreach (var path in required)
        {
            var parts = path.Split('.');
            var parent = defaults;
            foreach (var part in parts[..^1]) parent = parent[part]!.AsObject();
            parent.Remove(parts[^1]);
        }
        return defaults;
    }

    private static void Fill(JsonObject given, JsonObject defaults)
    {
        foreach (var (name, value) in defaults)
        {
            if (!given.ContainsKey(name)) given[name] = value?.DeepClone();
            else if (given[name] is JsonObject inner && value is JsonObject innerDefaults) Fill(inner, innerDefaults);
        }
    }
}
