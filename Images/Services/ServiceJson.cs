using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Fleet.Images;

/// <summary>The JSON form of a service definition, as people write it and as it travels in an image's label.</summary>
public static class ServiceJson
{
    private static readonly JsonObject Defaults = Json.Defaults(
        new ServiceDefinition { Command = [], Probe = new HealthProbe { Kind = ProbeKind.Http } },
        ServiceJsonContext.Default.ServiceDefinition,
        "command", "probe.kind");

    public static byte[] Write(ServiceDefinition service) => Json.Write(service, ServiceJsonContext.Default.ServiceDefinition);

    /// <summary>Reads a definition and checks it; what is missing has its default.</summary>
    /// <exception cref="ContentException">It is no sound definition; the message names the member.</exception>
    public static ServiceDefinition Read(ReadOnlySpan<byte> json)
    {
        try
        {
            var service = Json.Read(json, Defaults, ServiceJsonContext.Default.ServiceDefinition);
            ServiceRules.Require(service);
            return service;
        }
        catch (JsonException e)
        {
            throw ContentException.Malformed("service definition", e);
        }
    }
}

// Unknown members are refused: a mistyped one would silently have its default.
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(ServiceDefinition))]
internal sealed partial class ServiceJsonContext : JsonSerializerContext;
