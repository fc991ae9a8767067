using System.Text.Json.Serialization;

namespace Fleet.Agent.Delivery;

/// <summary>The JSON form of an instance's state; every member is written, so that none has to be guessed when it is read.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(InstanceState))]
internal sealed partial class StateJson : JsonSerializerContext;
