using System.CommandLine;
using System.Text.Json.Serialization;
using Fleet.Images;

namespace Fleet.Cli;

/// <summary><c>fleet image build</c>: from a recipe to an OCI layout.</summary>
internal static class BuildCommand
{
    public static Command Create(Surroundings surroundings)
    {
        var recipe = new Argument<string>("RECIPE")
        {
            Description = "JSON: image, version, created, service (a definition, or the path of one), layers (each: packages, directory, remove). Paths are relative to the recipe.",
        };
        var layout = new Argument<string>("LAYOUT") { Description = "Directory of the OCI layout; made when it is not there, and added to when it is." };
        var command = new Command("build", "Builds an image version from Debian packages and directories: layers, configuration, SBOM, manifest.") { recipe, layout };
        command.SetAction(async (parsed, cancel) =>
        {
            var built = await Files.Using(parsed.GetRequiredValue(recipe), async file =>
                await ImageBuilder.Build(ImageRecipe.Read(file), new OciLayout(parsed.GetRequiredValue(layout)), cancel));
            new Printer(parsed, surroundings).Write(
                BuildResult.Of(built), BuildJson.Default.BuildResult,
                r => Tables.Facts([("image", $"{r.Image}:{r.Version}"), ("digest", r.Digest), ("layers", $"{r.Layers.Count}, {Words.Bytes((ulong)r.Layers.Sum(l => l.Size))}"), ("components", $"{r.Components}")]));
            return Exit.Good;
        });
        return command;
    }
}

/// <summary>What was built; the digest is that of the manifest.</summary>
internal sealed record BuildResult(string Image, string Version, string Digest, IReadOnlyList<BuiltLayer> Layers, int Components)
{
    public static BuildResult Of(BuiltImage built) => new(
        built.Contents.Image, built.Contents.Version, $"{built.Manifest.Digest}",
        [.. built.Contents.Layers.Select(l => new BuiltLayer($"{l.Digest}", l.Size))], built.Contents.Components.Count);
}

/// <summary>One layer, as it is uploaded.</summary>
internal sealed record BuiltLayer(string Digest, long Size);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(BuildResult))]
internal sealed partial class BuildJson : JsonSerializerContext;
