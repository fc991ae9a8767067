using Fleet.Applications;
using Fleet.Scheduling;

namespace Fleet.Gateway.Api;

/// <summary>What holds rollouts, in the words of the contract.</summary>
internal static partial class Wires
{
    // So many of an application's instances that are out of service are named; the count is of all.
    private const int MostOut = 1000;

    public static Wire.Freeze Of(FreezeView view)
    {
        var freeze = new Wire.Freeze
        {
            Id = view.Id,
            Reason = view.Reason,
            By = view.By,
            Since = Of(view.Since),
            Until = Of(view.Until),
            Lifted = Of(view.Lifted),
            LiftedBy = view.LiftedBy,
        };
        freeze.Labels.Add(Of(view.Labels));
        return freeze;
    }

    public static Wire.Budget Of(BudgetView view)
    {
        var budget = new Wire.Budget { Application = view.Application, MaxOutOfService = (uint)(view.Most ?? 0), OutTotal = (uint)view.Out.Length };
        budget.Out.AddRange(view.Out.OrderBy(o => o.Instance.ToString(), StringComparer.Ordinal).Take(MostOut).Select(o => new Wire.OutOfService
        {
            Resource = o.Instance.Resource,
            Instance = o.Instance.Name,
            Rollout = o.Holder,
            Until = Of(o.Until),
        }));
        return budget;
    }
}
