using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fleet.Images;

/// <summary>The JSON form of a DSSE envelope. Base64 is kept as text until it is checked.</summary>
internal sealed record Envelope(string PayloadType, string Payload, ImmutableArray<EnvelopeSignature> Signatures)
{
    public static byte[] Write(string type, byte[] payload, string keyId, byte[] signature) => Json.Write(
        new Envelope(type, Convert.ToBase64String(payload), [new EnvelopeSignature(keyId, Convert.ToBase64String(signature))]),
        EnvelopeJson.Default.Envelope);

    /// <exception cref="JsonException">It is no envelope.</exception>
    public static Envelope Read(ReadOnlySpan<byte> json) => Json.Read(json, EnvelopeJson.Default.Envelope);

    /// <summary>Bytes of a base64 text; null unless it is the one way to write them, so that nobody can vary a signed file.</summary>
    public static byte[]? Bytes(string base64)
    {
        var bytes = new byte[base64.Length];
        return Convert.TryFromBase64String(base64, bytes, out var length) && Convert.ToBase64String(bytes, 0, length) == base64 ? bytes[..length] : null;
    }
}

/// <summary>One signature, and the name of the key that made it.</summary>
internal sealed record EnvelopeSignature([property: JsonPropertyName("keyid")] string KeyId, string Sig);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(Envelope))]
[JsonSerializable(typeof(Patch))]
[JsonSerializable(typeof(System.Text.Json.Nodes.JsonObject))]
internal sealed partial class EnvelopeJson : JsonSerializerContext;
