using System.Collections.Concurrent;
using System.Reflection;

namespace Fleet.Engine.Embedded;

/// <summary>For generated code: the grain code of an assembly.</summary>
public interface IGrainCode
{
    /// <summary>Adds the assembly's interfaces and classes.</summary>
    void Register(GrainRegistry registry);
}

/// <summary>For generated code: names the class that registers the grain code of an assembly.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class GrainCodeAttribute(Type code) : Attribute
{
    /// <summary>The class.</summary>
    public Type Code { get; } = code;
}

/// <summary>The grain interfaces with their proxies, and the grain classes that answer for them.</summary>
public sealed class GrainRegistry
{
    private readonly Dictionary<Type, Func<ReferenceContext, GrainReference>> proxies = [];
    private readonly Dictionary<GrainType, GrainKind> kinds = [];
    private readonly ConcurrentDictionary<(Type Contract, string? Prefix), GrainKind> found = new();

    /// <summary>Adds an interface and how its proxies are made.</summary>
    public void AddInterface(Type contract, Func<ReferenceContext, GrainReference> proxy) => proxies[contract] = proxy;

    /// <summary>Adds a grain class.</summary>
    public void AddClass(Type grainClass)
    {
        var kind = new GrainKind(grainClass);
        if (!kinds.TryAdd(kind.Type, kind))
            throw new InvalidOperationException($"The grain classes {kinds[kind.Type].Class} and {grainClass} have the same kind '{kind.Type}'.");
    }

    /// <summary>The grain code of this process: of the loaded assemblies and of what they refer to.</summary>
    internal static GrainRegistry OfProcess()
    {
        var registry = new GrainRegistry();
        foreach (var assembly in Reachable().OrderBy(assembly => assembly.FullName, StringComparer.Ordinal))
        {
            foreach (var code in assembly.GetCustomAttributes<GrainCodeAttribute>())
                ((IGrainCode)Activator.CreateInstance(code.Code)!).Register(registry);
        }

        return registry;
    }

    internal GrainKind Kind(GrainType type) => kinds.TryGetValue(type, out var kind)
        ? kind
        : throw new ArgumentException($"There is no grain class of the kind '{type}'.");

    internal GrainKind Kind(Type contract, string? prefix) => found.GetOrAdd((contract, prefix), Find);

    internal GrainReference Proxy(Type contract, ReferenceContext context) => proxies.TryGetValue(contract, out var proxy)
        ? proxy(context)
        : throw new ArgumentException($"There is no proxy for {contract}: it is no grain or observer interface, or its project lacks <GrainCode>true</GrainCode>.");

    private static HashSet<Assembly> Reachable()
    {
        var seen = new HashSet<Assembly>();
        var open = new Stack<Assembly>(AppDomain.CurrentDomain.GetAssemblies());
        while (open.TryPop(out var assembly))
        {
            if (assembly.IsDynamic || !seen.Add(assembly)) continue;
            foreach (var name in assembly.GetReferencedAssemblies().Where(name => !IsOfPlatform(name))) open.Push(Assembly.Load(name));
        }

        return seen;
    }

    private static bool IsOfPlatform(AssemblyName name) =>
        name.Name is null or "netstandard" or "mscorlib" || name.Name.StartsWith("System", StringComparison.Ordinal) || name.Name.StartsWith("Microsoft", StringComparison.Ordinal);

    private GrainKind Find((Type Contract, string? Prefix) asked)
    {
        GrainKind[] able = [.. kinds.Values
            .Where(kind => kind.Class.IsAssignableTo(asked.Contract))
            .Where(kind => asked.Prefix is null || kind.Class.FullName!.StartsWith(asked.Prefix, StringComparison.Ordinal))];
        return able switch
        {
            [var only] => only,
            [] => throw new ArgumentException($"There is no grain class for {asked.Contract}{(asked.Prefix is null ? "" : $" whose name begins with '{asked.Prefix}'")}."),
            _ => able.SingleOrDefault(kind => kind.Class.Name is var name && (name == asked.Contract.Name[1..] || name == $"{asked.Contract.Name[1..]}Grain"))
                ?? throw new ArgumentException($"Several grain classes answer for {asked.Contract}: {string.Join(", ", able.Select(kind => kind.Class.FullName))}."),
        };
    }
}
