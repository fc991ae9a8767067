using System.Collections.Immutable;
using Fleet.Images;

namespace Fleet.Agent.Delivery;

/// <summary>Answers directives. The answer and all that follows from it are in one record, so a repeated directive finds both.</summary>
internal static class Admission
{
    public static (InstanceState State, DirectiveAnswer Answer) Answer(InstanceState state, Happening.Directed directed, DateTimeOffset now)
    {
        var directive = directed.Directive;
        if (state.Ledger.FirstOrDefault(e => e.Answer.Directive == directive.Id) is { } known) return (state, known.Answer);
        if (directive.Generation <= state.Generation)
        {
            return (state, new DirectiveAnswer(directive.Id, false, "STALE_GENERATION",
                $"generation {directive.Generation} came after {state.Generation}"));
        }

        var fenced = state with { Generation = directive.Generation };
        var (next, reason, detail) = directive.Action switch
        {
            DirectiveAction.Apply apply => Apply(fenced, directed, apply, now),
            DirectiveAction.RollBack back => RollBack(fenced, directive, back, now),
            _ => Commit(fenced, directive, now),
        };
        var answer = new DirectiveAnswer(directive.Id, next is not null, reason, detail);
        next ??= fenced;
        var entry = new LedgerEntry(answer, directive.Change, next.Change?.Id == directive.Change && answer.Accepted ? next.Change.Phase : null);
        return (next with { Ledger = [.. next.Ledger.Append(entry).TakeLast(InstanceState.KeptAnswers)] }, answer);
    }

    /// <summary>
    /// Whether the answer must wait until the change in flight, which is going back already, has ended: an older change, that is
    /// to be taken back too, is then the last one.
    /// </summary>
    public static bool MustWait(InstanceState state, Directive directive) =>
        directive.Action is DirectiveAction.RollBack back
        && state is { Changing: true, Change: { Step: >= Step.BackProbe } change }
        && change.Id != back.Undoes && change.TakesBack?.Id != back.Undoes
        && directive.Generation > state.Generation
        && state.RestorePoints.Any(p => p.Change == back.Undoes && p.Change != change.Below?.Change);

    private static (InstanceState?, string, string) Apply(InstanceState state, Happening.Directed directed, DirectiveAction.Apply apply, DateTimeOffset now)
    {
        var (directive, verified) = (directed.Directive, directed.Verified!);
        if (state.Changing) return Refuse("BUSY", $"change {state.Change!.Id} is under way");
        if (verified.Patch is not { } patch) return Refuse(Words.Of(verified.Refusal), verified.Detail);
        if (state.Manifest is { } running && running.Image != patch.Image)
            return Refuse("OTHER_IMAGE", $"the instance runs image '{running.Image}', the patch is for '{patch.Image}'");

        Stack? target = null;
        ImmutableArray<string> inPlace = [];
        if (patch is { Kind: PatchKind.Hotfix, Swap: { } swap })
        {
            if (state.Active is not { } active) return Refuse("NOTHING_INSTALLED", "a hotfix needs an installed image: apply a layer patch first");
            if (directed.Installed is not { } installed)
                return Refuse("CONTENT_UNAVAILABLE", "what the installed version holds can't be read on this device");
            var result = Manifests.Apply(state.Manifest, patch, installed, []);
            if (result.Manifest is null) return Refuse(Words.Of(result.Refusal), result.Detail);
            if (!result.Manifest.Equals(apply.Expected))
                return Refuse("EXPECTED_DIFFERS", "the engine expects another result than the signed patch has on this device");
            target = Forward.StackOf(result.Manifest, installed.Layers, active.Stack.Service, active.Stack.Layers.Append(swap.Layer));
            if (active.Stack.Service.ReExec is not null && swap.Files is [var only]) inPlace = [only];
        }

        // A verified change that a next one follows is accepted by that.
        if (state.Change is { Step: Step.Wait }) state = state.End(DevicePhase.Committed, now);
        state = state with
        {
            Change = new ChangeState
            {
                Id = directive.Change,
                Directive = directive.Id,
                Generation = directive.Generation,
                Step = Step.Fetch,
                Phase = DevicePhase.Admitted,
                StartWithin = directive.StartWithin,
                Deadline = now + directive.StartWithin,
                Patch = patch,
                Expected = apply.Expected,
                BakeFor = apply.Bake,
                KeepFor = apply.KeepOld,
                Target = target,
                InPlace = inPlace,
                OldSlot = inPlace.IsEmpty ? state.ActiveSlot : 0,
            },
        };
        return Accept(state.Look(now).Tell(DevicePhase.Admitted, now));
    }

    private static (InstanceState?, string, string) RollBack(InstanceState state, Directive directive, DirectiveAction.RollBack back, DateTimeOffset now)
    {
        var last = state.Change;
        if (last?.Id == back.Undoes && last.Step != Step.Ended)
        {
            if (state.Changing && last.Patch is null) return Refuse("BUSY", $"change {last.Id} is itself a rollback, and under way");
            var going = Named(state, last, directive, now);
            return Accept(last.Step >= Step.BackProbe ? going.Tell(DevicePhase.RollingBack, now) : Backward.Begin(going, "ROLLBACK_REQUESTED", back.Reason, now, byAgent: false));
        }
        if (state.Changing) return Refuse("BUSY", $"change {last!.Id} is under way");
        if (last?.Id == back.Undoes && last.Phase is DevicePhase.RolledBack)
            return Accept(Named(state, last, directive, now).Tell(DevicePhase.RolledBack, now, detail: "it was already taken back"));

        if (state.RestorePoints is not [.., var point] || state.Active is null) return Refuse("NO_RESTORE_POINT", "there is no restore point to go back to");
        if (point.Change != back.Undoes)
        {
            return state.RestorePoints.Any(p => p.Change == back.Undoes)
                ? Refuse("NOT_THE_LAST_CHANGE", $"change {point.Change} came after {back.Undoes}: take that back first")
                : Refuse("NO_RESTORE_POINT", $"there is no restore point of change {back.Undoes}");
        }
        state = state with
        {
            Change = new ChangeState
            {
                Id = directive.Change,
                Directive = directive.Id,
                Generation = directive.Generation,
                Step = Step.Ended,
                Phase = DevicePhase.Admitted,
                StartWithin = directive.StartWithin,
                Deadline = now + directive.StartWithin,
                Target = state.Active.Stack,
                InPlace = point.InPlace == state.ActiveSlot ? point.Files : [],
                NewSlot = state.ActiveSlot,
                Below = point,
            },
        };
        return Accept(Backward.Begin(state.Tell(DevicePhase.Admitted, now), "ROLLBACK_REQUESTED", back.Reason, now, byAgent: false));
    }

    private static (InstanceState?, string, string) Commit(InstanceState state, Directive directive, DateTimeOffset now) => state.Change switch
    {
        { Step: Step.Wait } verified when verified.Id == directive.Change => Accept(state.End(DevicePhase.Committed, now)),
        { Phase: DevicePhase.Committed } done when done.Id == directive.Change => Accept(state),
        _ => Refuse("NOT_VERIFIED", $"change {directive.Change} is not waiting to be accepted"),
    };

    // The taking back has its own name; the change that it takes back is told how it ends, too.
    private static InstanceState Named(InstanceState state, ChangeState change, Directive directive, DateTimeOffset now) => change.Id == directive.Change
        ? state with { Change = change with { Directive = directive.Id, Generation = directive.Generation } }
        : (state with
        {
            Change = change with
            {
                Id = directive.Change,
                Directive = directive.Id,
                Generation = directive.Generation,
                Patch = null,
                Phase = DevicePhase.Admitted,
                Reported = 0,
                TakesBack = change.Phase is DevicePhase.RolledBack ? null : change,
            },
        }).Tell(DevicePhase.Admitted, now);

    private static (InstanceState?, string, string) Accept(InstanceState state) => (state, "", "");

    private static (InstanceState?, string, string) Refuse(string reason, string detail) => (null, reason, detail);
}
