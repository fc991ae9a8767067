using System.Reflection;
using System.Runtime.CompilerServices;

namespace Fleet.Engine.Storage;

/// <summary>The schema number of a state record: raised when an older program could no longer read what a newer one writes.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct, Inherited = false)]
public sealed class StateSchemaAttribute(int version) : Attribute
{
    /// <summary>The schema number; records without the attribute have 1.</summary>
    public int Version { get; } = version;
}

/// <summary>What storage knows about a state type, looked up once.</summary>
internal static class StateSchema<T>
{
    public static readonly int Version = typeof(T).GetCustomAttribute<StateSchemaAttribute>()?.Version ?? 1;

    private static readonly bool Constructible = typeof(T).IsValueType || typeof(T).GetConstructor(Type.EmptyTypes) is not null;

    /// <summary>The state of a grain that has none stored yet.</summary>
    public static T Empty() => Constructible ? Activator.CreateInstance<T>() : (T)RuntimeHelpers.GetUninitializedObject(typeof(T));
}
