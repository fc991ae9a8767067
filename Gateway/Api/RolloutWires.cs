using Fleet.Rollouts;
using Google.Protobuf.WellKnownTypes;

namespace Fleet.Gateway.Api;

/// <summary>Rollouts, in the words of the contract.</summary>
internal static partial class Wires
{
    // So many targets of a plan are shown; its counts are of all.
    private const int PlanSample = 1000;

    public static Wire.Rollout Of(RolloutView view)
    {
        var rollout = new Wire.Rollout
        {
            Id = view.Id,
            Spec = Of(view.Spec),
            Phase = (Wire.RolloutPhase)view.Phase,
            Reason = view.Reason,
            Detail = view.Detail,
            Wave = (uint)view.Wave,
            Counts = Of(view.Counts),
            RequestedBy = view.By,
            Requested = Of(view.Requested),
            Ended = Of(view.Ended),
            LastDispatch = Of(view.LastDispatch),
            HeldSince = Of(view.HeldSince),
            Deadline = Of(view.Deadline),
            RollbackTook = view.RollbackTook is { } took ? Duration.FromTimeSpan(took) : null,
        };
        rollout.Waves.AddRange(view.Waves.Select(Of));
        return rollout;
    }

    public static Wire.RolloutPlan Of(string rollout, RolloutPlan plan)
    {
        var leftOut = plan.Targets.Count(t => t.State == TargetState.LeftOut);
        var wire = new Wire.RolloutPlan
        {
            Rollout = rollout,
            Targets = (uint)(plan.Targets.Length - leftOut),
            LeftOut = (uint)leftOut,
            Refusal = plan.Refusal,
            RefusalDetail = plan.RefusalDetail,
        };
        wire.Waves.AddRange(plan.Waves.Select(w => new Wire.PlannedWave { Number = (uint)w.Number, Size = (uint)w.Size, Cumulative = (uint)w.Cumulative, Reason = w.Reason }));
        wire.Sample.AddRange(plan.Targets.Take(PlanSample).Select(Of));
        wire.WaitsFor.AddRange(plan.WaitsFor);
        return wire;
    }

    public static Wire.Target Of(TargetView view) => new()
    {
        Resource = view.Instance.Resource,
        Instance = view.Instance.Name,
        State = (Wire.TargetState)view.State,
        Reason = view.Reason,
        Wave = (uint)view.Wave,
        Change = view.Change,
        Since = Of(view.Since),
    };

    private static Wire.RolloutSpec Of(RolloutSpec spec)
    {
        var wire = new Wire.RolloutSpec
        {
            Image = spec.Image,
            Patch = spec.Patch,
            Selector = Of(spec.Selector),
            NoCanary = !spec.Canary,
            Bake = Duration.FromTimeSpan(spec.Bake),
            WaveBake = Duration.FromTimeSpan(spec.WaveBake),
            KeepOld = Duration.FromTimeSpan(spec.KeepOld),
            ChangeDeadline = Duration.FromTimeSpan(spec.ChangeWithin),
            FailuresAllowed = (uint)spec.FailuresAllowed,
            Lane = (Wire.Lane)spec.Lane,
            Priority = spec.Priority,
            KeepOnFailure = spec.KeepOnFailure,
            OfflineGrace = Duration.FromTimeSpan(spec.OfflineGrace),
            CatchUp = Duration.FromTimeSpan(spec.CatchUp),
            Reason = spec.Reason,
        };
        wire.Waves.AddRange(spec.Waves.Select(w => (uint)w));
        return wire;
    }

    private static Wire.Selector Of(Selector selector)
    {
        var wire = new Wire.Selector { Component = selector.Component };
        wire.Versions.AddRange(selector.Versions);
        wire.Labels.Add(Of(selector.Labels));
        wire.Instances.AddRange(selector.Instances);
        wire.Except.AddRange(selector.Except);
        return wire;
    }

    private static Wire.WaveStatus Of(WaveView view) => new()
    {
        Number = (uint)view.Number,
        Size = (uint)view.Size,
        Verdict = (Wire.Verdict)view.Verdict,
        Reason = view.Reason,
        Counts = Of(view.Counts),
        Opened = Of(view.Opened),
        Judged = Of(view.Judged),
    };

    private static Wire.TargetCounts Of(TargetCounts counts) => new()
    {
        LeftOut = (uint)counts.LeftOut,
        Pending = (uint)counts.Pending,
        Waiting = (uint)counts.Waiting,
        Dispatched = (uint)counts.Dispatched,
        Verified = (uint)counts.Verified,
        Failed = (uint)counts.Failed,
        Offline = (uint)counts.Offline,
        RollingBack = (uint)counts.RollingBack,
        RolledBack = (uint)counts.RolledBack,
        NeedsHuman = (uint)counts.NeedsHuman,
        Untouched = (uint)counts.Untouched,
    };
}
