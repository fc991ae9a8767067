using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fleet.Engine.Storage;

/// <summary>How state is written as JSON: one set of options for everything that is stored.</summary>
public static class StateJson
{
    /// <summary>Enums are written by name, absent values are left out, and unknown properties are ignored.</summary>
    public static JsonSerializerOptions Options { get; } = Create();

    private static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
            Converters = { new JsonStringEnumConverter() },
        };
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}
