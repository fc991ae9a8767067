using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fleet.Cli;

/// <summary>What <c>fleet login</c> remembers. The file holds the key, so only its owner may read it.</summary>
internal sealed record Profile
{
    public required string Engine { get; init; }

    public required string Key { get; init; }

    /// <summary>The authority's certificate, PEM; copied, so that the file it came from may go.</summary>
    public string? Authority { get; init; }

    /// <summary>The remembered profile; null when there is none.</summary>
    public static Profile? Load(string file)
    {
        try
        {
            using var content = File.OpenRead(file);
            return JsonSerializer.Deserialize(content, ProfileJson.Default.Profile);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (JsonException e)
        {
            throw CliException.Usage($"'{file}' is damaged: {e.Message}", "write it anew with 'fleet login'");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CliException.File(file, e);
        }
    }

    public void Save(string file)
    {
        try
        {
            PrivateFile.MakeDirectory(Path.GetDirectoryName(file)!);
            PrivateFile.Write(file, JsonSerializer.SerializeToUtf8Bytes(this, ProfileJson.Default.Profile), replace: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CliException.File(file, e);
        }
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true)]
[JsonSerializable(typeof(Profile))]
internal sealed partial class ProfileJson : JsonSerializerContext;
