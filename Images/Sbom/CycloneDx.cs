using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fleet.Images;

/// <summary>Software bills of materials as CycloneDX 1.6 JSON.</summary>
public static class CycloneDx
{
    /// <summary>The bill of an image version: its Debian packages, sorted, so that the same packages give the same bytes.</summary>
    public static byte[] Write(string image, string version, IEnumerable<DebianPackage> packages, string distro, DateTimeOffset made) => Json.Write(
        new Bill("CycloneDX", "1.6", 1,
            new BillMetadata(made, new BillComponent("container", image, version)),
            [.. packages.Select(p => Component(p, distro)).OrderBy(c => c.Purl, StringComparer.Ordinal)]),
        BillJson.Default.Bill);

    /// <summary>Version by package URL without version. Components without purl or version, such as files, are passed over.</summary>
    /// <exception cref="ContentException">It is no CycloneDX bill, or gives one package two versions.</exception>
    public static ImmutableSortedDictionary<string, string> Read(ReadOnlySpan<byte> json)
    {
        Bill bill;
        try
        {
            bill = Json.Read(json, BillJson.Default.Bill);
        }
        catch (JsonException e)
        {
            throw ContentException.Malformed("CycloneDX SBOM", e);
        }
        if (bill.BomFormat != "CycloneDX") throw ContentException.Malformed("bomFormat", $"'{bill.BomFormat}' is not known: expected CycloneDX");

        var components = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < bill.Components?.Count; i++)
        {
            if (bill.Components[i] is not { Purl: { } text }) continue;
            if (!PackageUrl.TryParse(text, out var purl)) throw ContentException.Malformed($"components[{i}].purl", $"'{text}' is no package URL");
            if (purl.Version is not { } version) continue;
            var component = purl.WithoutVersion().ToString();
            if (!components.TryAdd(component, version) && components[component] != version)
                throw ContentException.Malformed($"components[{i}].purl", $"{component} is there as {components[component]} and as {version}");
        }
        return components.ToImmutable();
    }

    private static BillComponent Component(DebianPackage package, string distro)
    {
        var purl = PackageUrl.Debian(package.Name, package.Version, package.Architecture, distro).ToString();
        return new BillComponent("library", package.Name, package.Version, purl, purl);
    }
}

internal sealed record Bill(string BomFormat, string SpecVersion, int Version = 1, BillMetadata? Metadata = null, IReadOnlyList<BillComponent>? Components = null);

internal sealed record BillMetadata(DateTimeOffset? Timestamp = null, BillComponent? Component = null);

internal sealed record BillComponent(
    string Type, string Name, string? Version = null, [property: JsonPropertyName("bom-ref")] string? Reference = null, string? Purl = null);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(Bill))]
internal sealed partial class BillJson : JsonSerializerContext;
