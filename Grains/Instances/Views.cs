namespace Fleet.Instances;

/// <summary>What callers get to see.</summary>
internal static class Views
{
    public static InstanceView View(this InstanceState state, InventoryState inventory, Moment moment)
    {
        var fresh = moment.Sight.Fresh(moment.Now);
        return new()
        {
            Id = moment.Id,
            Desired = state.Desired,
            Committed = state.Anchor,
            Observed = moment.Sight.Facts?.Observed,
            Generation = state.Generation,
            Health = fresh?.Health ?? Health.Unknown,
            HealthDetail = fresh?.HealthDetail ?? "no report from the device",
            Change = state.Last?.View(moment.Id),
            RestorePoints = [.. state.RestorePoints.Select(p => new RestorePointView(p.Change, p.Manifest, p.Made))],
            Facts = moment.Sight.Facts,
            Lease = state.Lease is { } lease ? new(lease.Holder, lease.Until) : null,
            LastReport = moment.Sight.Facts is null ? null : moment.Sight.At,
            Packages = inventory.Packages,
            Labels = state.Labels,
            Crashes = moment.Sight.Crashes,
            Probes = moment.Sight.Probes,
            FailedProbes = moment.Sight.FailedProbes,
            Exists = state.Listed > 0 || !state.Changes.IsEmpty || moment.Sight.Facts is not null || !inventory.Packages.IsEmpty,
        };
    }

    public static ChangeView View(this ChangeState change, InstanceId instance) => new()
    {
        Id = change.Id,
        Instance = instance,
        Patch = change.Patch,
        Phase = change.Phase,
        Detail = change.Detail,
        Reason = change.Reason,
        By = change.By,
        Requested = change.Requested,
        Deadline = change.Deadline,
        Ended = change.Ended,
        Generation = change.Directives.IsEmpty ? 0 : change.Directives[^1].Generation,
        History = [.. change.History.Select(h => new PhaseEntry(h.Phase, h.At, h.Detail))],
        ByAgent = change.ByAgent,
        RollbackTook = change.RollbackTook,
        RollbackWarm = change.RollbackWarm,
        Undoes = change.Undoes,
    };

    public static ChangeAnswer Answer(this Reply reply, InstanceId instance) => new(reply.Kind, reply.Change?.View(instance), reply.Reason, reply.Detail);
}
