using System.Collections.Immutable;
using Fleet.Instances;
using Fleet.Rollouts;

namespace Fleet.Applications;

/// <summary>Holds one application's disruption budget: how many of its instances may be out of service at once.</summary>
[Alias("fleet.application")]
public interface IApplicationGrain : IGrainWithStringKey
{
    /// <summary>Sets the budget, at least 1. Safe to repeat.</summary>
    [Alias("set-budget")] Task<BudgetView> SetBudget(int most, string by, string reason);

    /// <summary>
    /// Takes slots in the budget for instances that are about to be out of service, until they are given back or their time
    /// is over. Those that fit are returned, the more urgent asker first. Safe to repeat: who has a slot keeps it.
    /// </summary>
    [Alias("take")] Task<ImmutableArray<InstanceId>> Take(SlotRequest request);

    /// <summary>Gives slots back: these instances are in service again. Safe to repeat.</summary>
    [Alias("give-back")] Task GiveBack(string holder, ImmutableArray<InstanceId> instances);

    [Alias("budget"), ReadOnly] Task<BudgetView> Budget();
}

/// <param name="Holder">The rollout.</param>
/// <param name="Until">When the slots go back by themselves.</param>
[GenerateSerializer, Immutable, Alias("fleet.slot-request")]
public sealed record SlotRequest(
    [property: Id(0)] string Holder,
    [property: Id(1)] Lane Lane,
    [property: Id(2)] int Priority,
    [property: Id(3)] ImmutableArray<InstanceId> Instances,
    [property: Id(4)] DateTimeOffset Until);

/// <param name="Most">Null: no budget is set.</param>
[GenerateSerializer, Immutable, Alias("fleet.budget-view")]
public sealed record BudgetView(
    [property: Id(0)] string Application,
    [property: Id(1)] int? Most,
    [property: Id(2)] ImmutableArray<SlotHeld> Out);

[GenerateSerializer, Immutable, Alias("fleet.slot-held")]
public sealed record SlotHeld(
    [property: Id(0)] InstanceId Instance,
    [property: Id(1)] string Holder,
    [property: Id(2)] DateTimeOffset Until);

public static class ApplicationGrains
{
    /// <summary>The label of an instance that names its application.</summary>
    public const string Label = "app";

    public static IApplicationGrain Application(this IGrainFactory grains, string name) => grains.GetGrain<IApplicationGrain>(name);
}
