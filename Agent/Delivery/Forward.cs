using System.Collections.Immutable;
using Fleet.Images;

namespace Fleet.Agent.Delivery;

/// <summary>The way of a change from its admission to verified. Each line is one arrow of the state diagram.</summary>
internal static class Forward
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan CountInterval = TimeSpan.FromMilliseconds(200);

    public static InstanceState Next(InstanceState state, ChangeState change, Happening happening, DateTimeOffset now) => (change.Step, happening) switch
    {
        (Step.Fetch, Happening.ContentReady ready) => Derive(state, change, ready.Image, now),
        (Step.Fetch, Happening.Failed { Final: false } failed) => state with
        {
            Change = change with { Reason = failed.Reason, Detail = failed.Detail },
            Watch = state.Watch.RetryAfter(now),
        },
        (Step.Unpack, Happening.Done) => Prepare(state, change, now),
        (Step.Create, Happening.Created created) => Begin(state.With(state.Slot(change.NewSlot)! with { Network = created.Network }), now),
        (Step.Fetch or Step.Unpack or Step.Create, Happening.Failed failed) => Refuse(state, DevicePhase.Rejected, failed.Reason, failed.Detail, now),
        (Step.Fetch or Step.Unpack or Step.Create, Happening.Tick) when now >= change.Deadline => Refuse(
            state, DevicePhase.Expired, change.Reason is "" ? "NOT_STARTED_IN_TIME" : change.Reason,
            $"it was not begun within {change.StartWithin:c}{(change.Detail is "" ? "" : ": " + change.Detail)}", now),

        (Step.StopFirst, Happening.Done) => state.Stopped(change.NewSlot).StopOthers(change.NewSlot, Step.StopFirst, Step.Start, now),
        (Step.Start, Happening.Started started) =>
            state.With(state.Slot(change.NewSlot)!.RunningAs(started, now)).Unwatched().Go(Step.Answer, now),
        (Step.Answer, Happening.Probed { Answer.Healthy: true }) => (state with { Change = change with { MaySwitch = true } }).Go(Step.Switch, now),
        (Step.Answer, Happening.Probed { Answer: { Running: false } answer }) => Backward.TakeBack(state, "START_FAILED", answer.Detail, now),
        (Step.Answer, Happening.Probed { Answer: var answer }) => state with { Watch = state.Watch with { HealthDetail = answer.Detail, LookAt = now + Soon } },
        (Step.Answer, Happening.Tick) when now >= change.Deadline => Backward.TakeBack(
            state, "PROBE_FAILED", $"no good answer within {change.Target!.Service.StartTimeout:c}: {state.Watch.HealthDetail}", now),
        (Step.Switch, Happening.Done) => Switched(state, change, now),

        (Step.Keep or Step.Drain or Step.Bake, Happening.Probed probed) => Judge(state, change, probed.Answer, now),
        (Step.Keep or Step.Bake, Happening.Failed failed) => Judge(state, change, new ProbeAnswer(false, true, failed.Detail), now),
        (Step.Keep, Happening.Tick) when now >= change.Deadline => state.Go(Step.Drain, now),
        (Step.Drain, Happening.Counted { Connections: 0 }) => Retire(state, now),
        (Step.Drain, Happening.Counted counted) => state with
        {
            Watch = state.Watch with { Connections = counted.Connections, LookAt = now + CountInterval, Tries = state.Watch.Tries + 1 },
        },
        (Step.Drain, Happening.Tick) when now >= change.Deadline => Retire(state, now),
        (Step.Retire, Happening.Done) => Retire(state.Without(state.Idle()!.Id), now),

        (Step.Replace, Happening.Done) => state.Go(Step.ReExec, now),
        (Step.ReExec, Happening.Done) => state
            .With(Patched(state.Slot(change.NewSlot)!, change))
            .Unwatched().Tell(DevicePhase.Applied, now).Go(Step.Settle, now),
        (Step.Settle, Happening.Looked { Processes: 0, Mappings: 0 }) =>
            Stale(state, 0, 0).Unwatched().Tell(DevicePhase.Effective, now).Go(Step.Bake, now),
        (Step.Settle, Happening.Looked looked) => Stale(state, looked.Processes, looked.Mappings).Look(now + Soon),
        (Step.Settle, Happening.Tick) when now >= change.Deadline => Backward.TakeBack(
            state, "NOT_EFFECTIVE", $"{state.Watch.StaleProcesses} old processes and {state.Watch.StaleMappings} mappings of replaced files are left", now),

        // Whoever is not known to be healthy when the bake is over bakes on, until it answers or is known to be ill.
        (Step.Bake, Happening.Tick) when now >= change.Deadline && state.Watch.Health == Health.Healthy =>
            state.Go(Step.Wait, now).Tell(DevicePhase.Verified, now),

        (Step.Drain or Step.Retire or Step.Settle, Happening.Failed) => state with { Watch = state.Watch.RetryAfter(now) },
        (_, Happening.Failed failed) => Backward.TakeBack(state, failed.Reason, failed.Detail, now),
        (not Step.Bake, Happening.Tick) when now >= change.Deadline => Backward.TakeBack(state, "TIMED_OUT", $"step {change.Step} did not end in time", now),
        _ => state,
    };

    /// <summary>The stack that a manifest stands for.</summary>
    public static Stack StackOf(InstanceManifest manifest, ImmutableArray<Descriptor> imageLayers, ServiceDefinition service, IEnumerable<Descriptor> hotfixLayers)
    {
        var known = hotfixLayers.ToLookup(d => d.Digest);
        return new Stack(manifest, [.. imageLayers, .. manifest.Hotfixes.Select(h => known[h.Layer].First())], service);
    }

    // A layer patch: only now is it known what the new version holds. A hotfix was derived when it was admitted.
    private static InstanceState Derive(InstanceState state, ChangeState change, ImageContents? image, DateTimeOffset now)
    {
        if (change.Target is not null) return state.Go(Step.Unpack, now);
        if (image is null) return Refuse(state, DevicePhase.Rejected, "CONTENT_UNAVAILABLE", "the image's contents can't be read", now);

        var result = Manifests.Apply(state.Manifest, change.Patch!, image, change.Expected!.Ports);
        if (result.Manifest is null) return Refuse(state, DevicePhase.Rejected, Words.Of(result.Refusal), result.Detail, now);
        if (!result.Manifest.Equals(change.Expected))
            return Refuse(state, DevicePhase.Rejected, "EXPECTED_DIFFERS", "the engine expects another result than the signed patch has on this device", now);
        if (Words.Unsupported(image.Service, result.Manifest.Ports) is { } why) return Refuse(state, DevicePhase.Rejected, "UNSUPPORTED", why, now);

        var target = StackOf(result.Manifest, image.Layers, image.Service, state.Active?.Stack.Layers ?? []);
        return (state with { Change = change with { Target = target } }).Go(Step.Unpack, now);
    }

    // The restore point is in the same record as the first step that changes anything.
    private static InstanceState Prepare(InstanceState state, ChangeState change, DateTimeOffset now)
    {
        var inPlace = !change.InPlace.IsEmpty;
        var below = new RestorePoint(change.Id, state.Active?.Stack, inPlace ? state.ActiveSlot : 0, change.InPlace);
        state = state with { RestorePoints = [.. state.RestorePoints, below] };
        if (inPlace)
            return (state with { Change = change with { Below = below, NewSlot = state.ActiveSlot } }).Tell(DevicePhase.Prepared, now).Go(Step.Replace, now);

        var slot = new SlotState { Id = state.NextSlot, Stack = change.Target!, Mounted = change.Target!.Layers };
        return (state with
        {
            NextSlot = state.NextSlot + 1,
            Slots = [.. state.Slots, slot],
            Change = change with { Below = below, NewSlot = slot.Id },
        }).Go(Step.Create, now);
    }

    private static InstanceState Begin(InstanceState state, DateTimeOffset now)
    {
        state = state.Tell(DevicePhase.Prepared, now);
        var change = state.Change!;
        return change.OldSlot == 0 || (change.Target!.Service.TwoMayRun && state.Active!.Stack.Service.TwoMayRun)
            ? state.Go(Step.Start, now)
            : (state with { Change = change with { GapFrom = now } }).StopOthers(change.NewSlot, Step.StopFirst, Step.Start, now);
    }

    private static InstanceState Switched(InstanceState state, ChangeState change, DateTimeOffset now)
    {
        var gap = change.GapFrom is { } from ? now - from : TimeSpan.Zero;
        var old = state.Slot(change.OldSlot);
        state = (state with
        {
            ActiveSlot = change.NewSlot,
            Change = change with
            {
                Gap = gap,
                KeepUntil = change.KeepUntil ?? now + change.KeepFor,
                DrainUntil = change.DrainUntil ?? now + (old?.Stack.Service.Drain ?? TimeSpan.Zero),
            },
        }).Unwatched().Tell(DevicePhase.Applied, now, detail: gap > TimeSpan.Zero ? $"no traffic for {gap.TotalMilliseconds:0} ms" : "");
        return old is not null && change.GapFrom is null ? state.Go(Step.Keep, now) : Retire(state, now);
    }

    private static InstanceState Retire(InstanceState state, DateTimeOffset now) => state.Go(state.Idle() is null ? Step.Settle : Step.Retire, now);

    private static InstanceState Judge(InstanceState state, ChangeState change, ProbeAnswer answer, DateTimeOffset now)
    {
        var probe = change.Target!.Service.Probe;
        state = state with { Watch = state.Watch.Count(answer, probe) with { LookAt = now + probe.Interval, Tries = state.Watch.Tries + 1 } };
        if (!answer.Running) return Backward.TakeBack(state, "SERVICE_DIED", answer.Detail, now);
        return state.Watch.Health == Health.Unhealthy
            ? Backward.TakeBack(state, "PROBE_FAILED", $"{state.Watch.Failures} bad answers in a row: {answer.Detail}", now)
            : state;
    }

    private static SlotState Patched(SlotState slot, ChangeState change) =>
        slot with { Stack = change.Target!, Replaced = [.. slot.Replaced.Union(change.InPlace)] };

    private static InstanceState Stale(InstanceState state, int processes, int mappings) =>
        state with { Watch = state.Watch with { StaleProcesses = processes, StaleMappings = mappings } };

    // Nothing has changed yet: what was prepared is removed again.
    private static InstanceState Refuse(InstanceState state, DevicePhase outcome, string reason, string detail, DateTimeOffset now) =>
        Backward.Clear(state with { Change = state.Change! with { Reason = reason, Detail = detail } }, outcome, now);
}
