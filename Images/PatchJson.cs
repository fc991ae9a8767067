using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fleet.Images;

/// <summary>The JSON form of a patch, strict: an unknown kind, a missing part or a wrong type is refused by name.</summary>
internal static class PatchJson
{
    public static byte[] Write(Patch patch) => JsonSerializer.SerializeToUtf8Bytes(patch, EnvelopeJson.Default.Patch);

    public static (Patch? Patch, EnvelopeRefusal Refusal, string Detail) Read(byte[] payload)
    {
        try
        {
            using var document = JsonDocument.Parse(payload);
            if (document.RootElement.ValueKind != JsonValueKind.Object) return Malformed("the payload is no JSON object");
            var kind = document.RootElement.TryGetProperty("kind", out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
            if (kind is not ("hotfix" or "layer"))
                return (null, EnvelopeRefusal.KindUnknown, $"kind '{kind}' is not known: expected hotfix or layer");

            var patch = document.Deserialize(EnvelopeJson.Default.Patch)!;
            if (patch.Schema != Patch.CurrentSchema) return Malformed($"schema {patch.Schema} is not known: expected {Patch.CurrentSchema}");
            if (patch.Kind == PatchKind.Layer && patch.Target is null) return Malformed("'target' is missing");
            if (patch.Kind == PatchKind.Hotfix && patch.Swap is null) return Malformed("'swap' is missing");
            if (!Names.IsPatchId(patch.Id)) return Malformed($"'id' is '{patch.Id}': {Names.PatchIdRule}");
            return Names.IsName(patch.Image) ? (patch, EnvelopeRefusal.None, "") : Malformed($"'image' is '{patch.Image}': {Names.NameRule}");
        }
        catch (JsonException e)
        {
            return Malformed($"the payload is no patch: {e.Message}");
        }
    }

    private static (Patch?, EnvelopeRefusal, string) Malformed(string detail) => (null, EnvelopeRefusal.Malformed, detail);
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(Envelope))]
[JsonSerializable(typeof(Patch))]
internal sealed partial class EnvelopeJson : JsonSerializerContext;
