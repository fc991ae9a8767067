using System.Reflection;
using System.Runtime.CompilerServices;

namespace Fleet.Tests.Architecture;

/// <summary>Decisions are pure: whatever in Grains is no grain, no setup and no named shell neither waits nor knows the engine.</summary>
public sealed class PurityTests
{
    /// <summary>The few types besides grains that do things. Each new one is a decision.</summary>
    private static readonly string[] Shells =
        ["Fleet.Committing.Batches`1", "Fleet.Committing.Commitments`1", "Fleet.Committing.IOutlet", "Fleet.Committing.Outlet", "Fleet.Committing.PersistentStates", "Fleet.Watchers`2",
        "Fleet.Rollouts.Planner", "Fleet.Scheduling.Uptime", "Fleet.Telemetry.MeasuredOutlet", "Fleet.Telemetry.TelemetrySetup+FirstFigures", "Fleet.Telemetry.ChangeTraces"];

    private static readonly Assembly Grains = typeof(FleetGrains).Assembly;

    [Fact]
    public void Decisions_and_states_neither_wait_nor_know_the_engine() => Assert.Empty(Grains.GetTypes().Where(IsDecision).SelectMany(Impurities));

    [Fact]
    public void The_deciders_are_among_what_is_checked() => Assert.Empty(new[] { "Fleet.Instances.Instance", "Fleet.Instances.Change", "Fleet.Instances.Requests", "Fleet.Scheduling.DueBook", "Fleet.Images.Lineage", "Fleet.Audit.AuditLog" }
        .Except(Grains.GetTypes().Where(IsDecision).Select(t => t.FullName!)));

    [Fact]
    public void Every_named_shell_exists() => Assert.All(Shells, name => Assert.NotNull(Grains.GetType(name)));

    [Theory]
    [InlineData(typeof(Waits))]
    [InlineData(typeof(WaitsInside))]
    [InlineData(typeof(KnowsTheEngine))]
    [InlineData(typeof(RemembersTheEngine))]
    public void An_impure_decision_is_found(Type impure)
    {
        Assert.True(IsDecision(impure));
        Assert.NotEmpty(Impurities(impure));
    }

    private static bool IsDecision(Type type) =>
        type.Namespace?.StartsWith("Fleet", StringComparison.Ordinal) == true
        && !Shells.Contains(type.FullName)
        && !IsMade(type)
        && !typeof(Orleans.IGrainBase).IsAssignableFrom(type)
        && !(type is { IsAbstract: true, IsSealed: true } && type.GetMethods().Any(m => m.ReturnType.Name == "IServiceCollection"));

    private static bool IsMade(Type type) =>
        type.IsDefined(typeof(CompilerGeneratedAttribute), false) || type.Name.Contains('<', StringComparison.Ordinal)
        || type.IsDefined(typeof(System.CodeDom.Compiler.GeneratedCodeAttribute), false)
        || (type.DeclaringType is { } outer && (IsMade(outer) || typeof(Orleans.IGrainBase).IsAssignableFrom(outer) || Shells.Contains(outer.FullName)));

    private static IEnumerable<string> Impurities(Type type)
    {
        const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        var used = type.GetMethods(All).SelectMany(m => m.GetParameters().Select(p => (m.Name, p.ParameterType)).Append((m.Name, m.ReturnType)))
            .Concat(type.GetConstructors(All).SelectMany(c => c.GetParameters().Select(p => (c.Name, p.ParameterType))))
            .Concat(type.GetFields(All).Select(f => (f.Name, f.FieldType)));
        return used.Where(u => Parts(u.Item2).Any(IsImpure)).Select(u => $"{type.FullName}.{u.Item1}: {u.Item2}");
    }

    private static IEnumerable<Type> Parts(Type type) =>
        (type.HasElementType ? Parts(type.GetElementType()!) : []).Concat(type.GenericTypeArguments.SelectMany(Parts)).Append(type);

    private static bool IsImpure(Type type) =>
        typeof(Task).IsAssignableFrom(type) || type.Name.StartsWith("ValueTask", StringComparison.Ordinal)
        || type == typeof(TimeProvider) || type == typeof(CancellationToken)
        || type.Namespace?.StartsWith("Orleans", StringComparison.Ordinal) == true
        || type.Namespace?.StartsWith("Microsoft.Extensions.Logging", StringComparison.Ordinal) == true;

    private static class Waits
    {
        public static Task<int> Next(int state) => Task.FromResult(state);
    }

    private sealed record WaitsInside(ImmutableArray<Func<Task>> Later);

    private static class KnowsTheEngine
    {
        public static string Next(Orleans.IGrainFactory grains) => grains.ToString()!;
    }

    private sealed class RemembersTheEngine
    {
        private readonly Orleans.Runtime.GrainId id;

        public RemembersTheEngine(string text) => id = Orleans.Runtime.GrainId.Parse(text);

        public override string ToString() => id.ToString();
    }
}
