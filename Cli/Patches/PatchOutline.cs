using System.Text.Json;
using Fleet.Images;

namespace Fleet.Cli;

/// <summary>
/// What publishing must know of an envelope before anybody has verified it: where it belongs. Nothing is believed for that:
/// the engine verifies what it is given, and so does every device.
/// </summary>
internal sealed record PatchOutline(string Image, Descriptor? Layer)
{
    /// <summary>Null when there is no image to be found in it.</summary>
    public static PatchOutline? Read(byte[] envelope)
    {
        try
        {
            using var outer = JsonDocument.Parse(envelope);
            using var patch = JsonDocument.Parse(outer.RootElement.GetProperty("payload").GetBytesFromBase64());
            var image = patch.RootElement.GetProperty("image").GetString();
            return Names.IsName(image) ? new PatchOutline(image!, Find(patch.RootElement)) : null;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    private static Descriptor? Find(JsonElement patch) =>
        patch.TryGetProperty("swap", out var swap) && swap.TryGetProperty("layer", out var layer)
        && layer.TryGetProperty("digest", out var name) && Digest.TryParse(name.GetString(), out var digest)
            ? new Descriptor(MediaTypes.LayerGzip, digest, layer.GetProperty("size").GetInt64())
            : null;
}
