using System.Collections.Immutable;

namespace Fleet.Resources;

/// <summary>Holds a whole resource: takes the leases of all its instances in the order of their names, and gives them back.</summary>
[Alias("fleet.hold")]
public interface IHoldGrain : IGrainWithStringKey
{
    /// <summary>Begins to take the leases; who finds one taken waits for it. Safe to repeat; refused while another holds it.</summary>
    [Alias("hold")] Task<HoldAnswer> Hold(HoldRequest request);

    /// <summary>Gives all leases back. Safe to repeat.</summary>
    [Alias("release")] Task<HoldAnswer> Release(string hold, string by);

    [Alias("show"), ReadOnly] Task<HoldView> Show();
}

/// <param name="Hold">Names the hold.</param>
/// <param name="Until">Then the leases go back by themselves.</param>
[GenerateSerializer, Immutable, Alias("fleet.hold-request")]
public sealed record HoldRequest(
    [property: Id(0)] string Hold,
    [property: Id(1)] string By,
    [property: Id(2)] string Reason,
    [property: Id(3)] DateTimeOffset Until);

public enum HoldPhase
{
    None = 1,

    /// <summary>Waits for the lease of an instance that is being changed.</summary>
    Taking = 2,
    Held = 3,
    Released = 4,
    Expired = 5,
}

[GenerateSerializer, Immutable, Alias("fleet.hold-view")]
public sealed record HoldView
{
    [Id(0)] public required string Resource { get; init; }
    [Id(1)] public string Hold { get; init; } = "";
    [Id(2)] public HoldPhase Phase { get; init; } = HoldPhase.None;
    [Id(3)] public string Detail { get; init; } = "";
    [Id(4)] public string Reason { get; init; } = "";
    [Id(5)] public string By { get; init; } = "";
    [Id(6)] public DateTimeOffset? Since { get; init; }
    [Id(7)] public DateTimeOffset? Until { get; init; }

    /// <summary>Names of the instances whose leases it has.</summary>
    [Id(8)] public ImmutableArray<string> Instances { get; init; } = [];
}

/// <param name="Refusal">A word for programs; empty when it was done.</param>
[GenerateSerializer, Immutable, Alias("fleet.hold-answer")]
public sealed record HoldAnswer([property: Id(0)] HoldView Hold, [property: Id(1)] string Refusal = "", [property: Id(2)] string Detail = "");

public static class HoldGrains
{
    public static IHoldGrain Hold(this IGrainFactory grains, ResourceId resource) => grains.GetGrain<IHoldGrain>(resource.ToString());
}
