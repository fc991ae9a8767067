using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Fleet.Engine.Storage;

/// <summary>The schema number of a state record: raised when an older program could no longer read what a newer one writes.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct, Inherited = false)]
public sealed class StateSchemaAttribute(int version) : Attribute
{
    /// <summary>The schema number; records without the attribute have 1.</summary>
    public int Version { get; } = version;
}

/// <summary>A state record that knows how to read what older programs wrote.</summary>
public interface IUpgradedState
{
    /// <summary>What a state of schema <paramref name="from"/> is in schema <paramref name="from"/> + 1. Pure; called once for each step.</summary>
    static abstract JsonObject Upgrade(JsonObject older, int from);
}

/// <summary>What storage knows about a state type, looked up once.</summary>
internal static class StateSchema<T>
{
    public static readonly int Version = typeof(T).GetCustomAttribute<StateSchemaAttribute>()?.Version ?? 1;

    private static readonly bool Constructible = typeof(T).IsValueType || typeof(T).GetConstructor(Type.EmptyTypes) is not null;

    private static readonly Func<JsonObject, int, JsonObject>? Step = typeof(T).IsAssignableTo(typeof(IUpgradedState))
        ? typeof(T).GetMethod(nameof(IUpgradedState.Upgrade), [typeof(JsonObject), typeof(int)])!.CreateDelegate<Func<JsonObject, int, JsonObject>>()
        : null;

    /// <summary>The JSON of a state as this program reads it. A record without upgrades reads what is older as it is.</summary>
    public static ReadOnlySpan<byte> Upgrade(ReadOnlySpan<byte> body, int schema)
    {
        if (schema >= Version || Step is null) return body;
        var state = JsonNode.Parse(body)?.AsObject() ?? throw new JsonException("the state is null");
        for (var from = schema; from < Version; from++) state = Step(state, from);
        return JsonSerializer.SerializeToUtf8Bytes(state, StateJson.Options);
    }

    /// <summary>The state of a grain that has none stored yet.</summary>
    public static T Empty() => Constructible ? Activator.CreateInstance<T>() : (T)RuntimeHelpers.GetUninitializedObject(typeof(T));
}
