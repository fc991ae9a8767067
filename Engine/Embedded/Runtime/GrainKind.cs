using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Concurrency;
using Orleans.Storage;

namespace Fleet.Engine.Embedded;

/// <summary>A grain class: its kind, how it interleaves, and how its objects are made.</summary>
internal sealed class GrainKind
{
    private const string Suffix = "grain";

    private readonly ObjectFactory create;
    private readonly Func<Activation, object>[] states;

    public GrainKind(Type grainClass)
    {
        Class = grainClass;
        Type = grainClass.GetCustomAttribute<GrainTypeAttribute>()?.GrainType ?? Convention(grainClass);
        IsReentrant = grainClass.IsDefined(typeof(ReentrantAttribute), inherit: true);
        MostAwake = grainClass.GetCustomAttribute<StatelessWorkerAttribute>()?.Most ?? 1;

        var constructor = Constructor(grainClass);
        var asked = constructor.GetParameters().Where(parameter => parameter.IsDefined(typeof(PersistentStateAttribute))).ToArray();
        states = [.. asked.Select(Maker)];
        create = ActivatorUtilities.CreateFactory(grainClass, [.. asked.Select(parameter => parameter.ParameterType)]);
    }

    public Type Class { get; }

    public GrainType Type { get; }

    public bool IsReentrant { get; }

    /// <summary>How often one grain may be awake at once: once, unless it is a stateless worker.</summary>
    public int MostAwake { get; }

    /// <summary>The grain object, with the states that it asked for.</summary>
    public object Create(Activation activation) =>
        create(activation.ActivationServices, [.. states.Select(state => state(activation))]);

    /// <summary>A reference by which the grain is known to itself.</summary>
    public static GrainReference Reference(EmbeddedEngine engine, GrainId id) => new SelfReference(new ReferenceContext(engine, id));

    private static GrainType Convention(Type grainClass)
    {
        var name = grainClass.Name.ToLowerInvariant();
        return GrainType.Create(name.Length > Suffix.Length && name.EndsWith(Suffix, StringComparison.Ordinal) ? name[..^Suffix.Length] : name);
    }

    private static ConstructorInfo Constructor(Type grainClass)
    {
        var constructors = grainClass.GetConstructors();
        return constructors.Length == 1
            ? constructors[0]
            : constructors.SingleOrDefault(constructor => constructor.IsDefined(typeof(ActivatorUtilitiesConstructorAttribute)))
                ?? throw new InvalidOperationException($"The grain {grainClass} must have one public constructor.");
    }

    private static Func<Activation, object> Maker(ParameterInfo parameter)
    {
        if (!parameter.ParameterType.IsGenericType || parameter.ParameterType.GetGenericTypeDefinition() != typeof(IPersistentState<>))
            throw new InvalidOperationException($"{parameter.Member.DeclaringType}: the parameter {parameter.Name} has [PersistentState], but is no IPersistentState<>.");

        var made = typeof(GrainKind)
            .GetMethod(nameof(Make), BindingFlags.NonPublic | BindingFlags.Static)!
            .MakeGenericMethod(parameter.ParameterType.GetGenericArguments())
            .CreateDelegate<Func<Activation, PersistentStateAttribute, object>>();
        var attribute = parameter.GetCustomAttribute<PersistentStateAttribute>()!;
        return activation => made(activation, attribute);
    }

    private static StoredState<T> Make<T>(Activation activation, PersistentStateAttribute attribute)
    {
        var storage = attribute.StorageName is { } name
            ? activation.ActivationServices.GetKeyedService<IGrainStorage>(name)
            : activation.ActivationServices.GetService<IGrainStorage>();
        if (storage is null) throw new OrleansException($"There is no storage named '{attribute.StorageName}' for grain {activation.GrainId}.");

        var state = new StoredState<T>(attribute.StateName, storage, activation);
        activation.Add(state);
        return state;
    }

    private sealed class SelfReference(ReferenceContext context) : GrainReference(context);
}
