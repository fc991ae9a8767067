using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fleet.Images;

/// <summary>How an image version is made: its layers, bottom first, and how it is run.</summary>
public sealed record ImageRecipe
{
    public required string Image { get; init; }

    public required string Version { get; init; }

    public required ServiceDefinition Service { get; init; }

    /// <summary>Bottom first.</summary>
    public required ImmutableArray<LayerSource> Layers { get; init; }

    /// <summary>The time of all entries and of the image: the same recipe and sources give the same digests.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>Qualifier of the packages in the SBOM.</summary>
    public string Distro { get; init; } = "debian-12";

    public string Architecture { get; init; } = "amd64";

    /// <summary>Reads a recipe as JSON. Paths in it are relative to its directory; <c>service</c> is a definition or the path of one.</summary>
    /// <exception cref="ContentException">It is no sound recipe; the message names the member.</exception>
    public static ImageRecipe Read(string file)
    {
        var directory = Path.GetDirectoryName(Path.GetFullPath(file))!;
        RecipeFile recipe;
        try
        {
            recipe = Json.Read(File.ReadAllBytes(file), RecipeJson.Default.RecipeFile);
        }
        catch (JsonException e)
        {
            throw ContentException.Malformed("image recipe", e);
        }
        var service = recipe.Service.ValueKind == JsonValueKind.String
            ? File.ReadAllBytes(Path.Combine(directory, recipe.Service.GetString()!))
            : Encoding.UTF8.GetBytes(recipe.Service.GetRawText());
        return new ImageRecipe
        {
            Image = recipe.Image,
            Version = recipe.Version,
            Created = recipe.Created,
            Service = ServiceJson.Read(service),
            Layers = [.. recipe.Layers.Select(layer => new LayerSource(
                [.. (layer.Packages ?? []).Select(path => Path.Combine(directory, path))],
                layer.Directory is { } tree ? Path.Combine(directory, tree) : null,
                layer.Remove is { } removals ? [.. removals] : []))],
        };
    }
}

/// <summary>What one layer is made of: Debian packages, a directory over them, and removals. Documentation is left out, licences are not.</summary>
/// <param name="Packages">Files of Debian packages; they are unpacked, their scripts are not run.</param>
/// <param name="Directory">A tree laid over the packages; null for none.</param>
/// <param name="Removals">Paths taken away from the layers below.</param>
public sealed record LayerSource(ImmutableArray<string> Packages, string? Directory, ImmutableArray<string> Removals);

internal sealed record RecipeFile(string Image, string Version, DateTimeOffset Created, JsonElement Service, IReadOnlyList<RecipeLayer> Layers);

internal sealed record RecipeLayer(IReadOnlyList<string>? Packages = null, string? Directory = null, IReadOnlyList<string>? Remove = null);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(RecipeFile))]
internal sealed partial class RecipeJson : JsonSerializerContext;
