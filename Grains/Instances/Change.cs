namespace Fleet.Instances;

/// <summary>What one change may do next. Pure: same state, same facts, same time, same answer.</summary>
internal static class Change
{
    /// <summary>So many steps are remembered: enough for any sound change, and a bound for a broken device.</summary>
    private const int KeptHistory = 48;

    /// <summary>The device reported a step. One that was overtaken, or that comes again, moves nothing.</summary>
    public static ChangeState Told(ChangeState change, ChangeProgress told, Moment moment)
    {
        if (change.History.Length >= KeptHistory || change.History.Any(h => h.Step == told.Step)) return change;

        var next = Note(change, told, moment.Now);
        if (told.Step < change.Step) return next;
        return (change.Phase, told.Phase) switch
        {
            (var now, _) when now.IsTerminal() => Late(next, told.Phase),
            (_, ChangePhase.RolledBack or ChangePhase.NeedsHuman) => Back(next, told, moment),
            (ChangePhase.RollingBack, ChangePhase.Rejected or ChangePhase.Expired) when change.Undoes != "" => End(next, told, moment),
            (ChangePhase.RollingBack, _) => next,
            (_, ChangePhase.RollingBack) => Reverse(next, told, moment),
            (ChangePhase.Failed, _) => next,
            (_, ChangePhase.Failed) => Move(next, told) with { Deadline = moment.Now + moment.Options.FailedGrace },
            (_, ChangePhase.Rejected or ChangePhase.Expired) when change.Untouched => End(next, told, moment),
            (var now, <= ChangePhase.Verified) when told.Phase > now => Move(next, told),
            _ => next,
        };
    }

    /// <summary>The device reported a step of taking the change back, under the name of the request that asked for it.</summary>
    public static ChangeState ToldBack(ChangeState change, ChangeProgress told, Moment moment)
    {
        if (told.Step <= change.BackStep) return change;

        var next = change with { BackStep = told.Step };
        return (change.Phase, told.Phase) switch
        {
            (not ChangePhase.RollingBack, _) => LateBack(next, told.Phase),
            (_, ChangePhase.RolledBack or ChangePhase.NeedsHuman) => End(next, told.Phase, told.Reason, told.Detail, moment) with
            {
                RollbackTook = told.RollbackTook,
                RollbackWarm = told.RollbackWarm,
            },
            (_, ChangePhase.Rejected or ChangePhase.Expired) => End(next, ChangePhase.NeedsHuman, told.Reason, told.Detail, moment),
            _ => next,
        };
    }

    /// <summary>The device answered a directive.</summary>
    public static ChangeState Answered(ChangeState change, LedgerEntry entry, DirectiveAnswer answer, Moment moment)
    {
        var next = change with
        {
            Directives = change.Directives.Replace(entry, entry with { Accepted = answer.Accepted, Reason = answer.Reason }),
        };
        return (entry.Kind, answer.Accepted, change.Phase) switch
        {
            (Resources.DirectiveKind.Apply, true, ChangePhase.Requested) => Move(next, ChangePhase.Admitted, "", "the device took it", moment),
            (Resources.DirectiveKind.Apply, false, _) when change.Untouched => End(next, ChangePhase.Rejected, answer.Reason, answer.Detail, moment),
            (Resources.DirectiveKind.RollBack, false, ChangePhase.RollingBack) =>
                End(next, change.Undoes == "" ? ChangePhase.NeedsHuman : ChangePhase.Rejected, answer.Reason, answer.Detail, moment),
            // Busy is no last word: it is asked again.
            (Resources.DirectiveKind.RollBack, false, _) when change.Astray == Astray.Running && answer.Reason != Words.Busy =>
                next with { Astray = Astray.Unreconciled },
            _ => next,
        };
    }

    /// <summary>Time passed, or the device reported how it is: a verified change is committed, one out of time leaves its phase.</summary>
    public static ChangeState Looked(ChangeState change, Moment moment) => change switch
    {
        { Phase: ChangePhase.Verified } when Judge(change, moment) is { Length: 0 } =>
            End(change, ChangePhase.Committed, "", "healthy, and the device runs what is desired", moment),
        _ when change.Phase.IsTerminal() || moment.Now < moment.Sight.Due(change.Deadline) => change,
        { Untouched: true } => End(change, ChangePhase.Expired, "DEADLINE_PASSED", $"not applied by {change.Deadline:u}", moment),
        { Phase: ChangePhase.RollingBack } => End(change, ChangePhase.NeedsHuman, "ROLLBACK_OVERDUE", $"no word of the rollback's end by {change.Deadline:u}", moment),
        { Reversible: false } => End(change, ChangePhase.NeedsHuman, "IRREVERSIBLE", $"{Overdue(change, moment)}; the patch is not reversible, so taking it back is for a person to decide", moment),
        _ => TakeBack(change, $"{change.Id}-back", "", "DEADLINE_PASSED", Overdue(change, moment), moment),
    };

    /// <summary>Takes back a change in flight: cancels one that hasn't touched the instance, rolls any other back.</summary>
    public static ChangeState TakeBack(ChangeState change, string request, string by, string reason, string detail, Moment moment) => change switch
    {
        { Untouched: true } => End(change.AskedBack(request, by), ChangePhase.Cancelled, reason, detail, moment),
        { Phase: ChangePhase.RollingBack } => change.AskedBack(request, by),
        _ => Move(change.AskedBack(request, by), ChangePhase.RollingBack, reason, detail, moment) with { Deadline = moment.Now + moment.Options.RollbackWithin },
    };

    public static ChangeState End(ChangeState change, ChangePhase phase, string reason, string detail, Moment moment) =>
        Move(change, phase, reason, detail, moment) with { Ended = moment.Now };

    /// <summary>Why a verified change can't be committed yet; empty when it can. Three values: no answer is not healthy.</summary>
    public static string Judge(ChangeState change, Moment moment)
    {
        var applied = change.History.Where(h => h.Phase >= ChangePhase.Applied).Select(h => h.At).FirstOrDefault();
        return moment.Sight.Fresh(moment.Now) switch
        {
            null => "no report from the device",
            _ when moment.Sight.At < applied => "no report since it was applied",
            { Health: not Health.Healthy } facts => $"health is {Words.Of(facts.Health)} {facts.HealthDetail}".TrimEnd(),
            { Observed: var observed } when !Equals(observed, change.Target) => "the device runs something else than is desired",
            _ => "",
        };
    }

    // It was called off, but the device didn't know and went on.
    private static ChangeState Late(ChangeState change, ChangePhase told) => (change, told) switch
    {
        ({ CalledOff: true, Astray: not Astray.Reconciled }, >= ChangePhase.Applied and <= ChangePhase.Committed) => change with { Astray = Astray.Running },
        ({ Astray: Astray.Running }, ChangePhase.RolledBack or ChangePhase.Rejected or ChangePhase.Expired) => change with { Astray = Astray.Reconciled },
        _ => change,
    };

    private static ChangeState LateBack(ChangeState change, ChangePhase told) => (change.Astray, told) switch
    {
        (Astray.Running, ChangePhase.RolledBack) => change with { Astray = Astray.Reconciled },
        (Astray.Running, ChangePhase.NeedsHuman or ChangePhase.Rejected or ChangePhase.Expired) => change with { Astray = Astray.Unreconciled },
        _ => change,
    };

    private static string Overdue(ChangeState change, Moment moment) => change.Phase switch
    {
        ChangePhase.Failed => "it failed, and the device didn't take it back by itself",
        ChangePhase.Verified => $"inconclusive until {change.Deadline:u}: {Judge(change, moment)}",
        var phase => $"only {Words.Of(phase)} by {change.Deadline:u}",
    };

    // In the order of the device's steps, whatever the order in which they came.
    private static ChangeState Note(ChangeState change, ChangeProgress told, DateTimeOffset now)
    {
        var history = change.History;
        var known = history.FirstOrDefault(h => h.Step == 0 && h.Phase == told.Phase);     // the engine knew it first
        if (known is not null) history = history.Remove(known);
        var after = history.TakeWhile(h => h.Step < told.Step).Count();
        return change with
        {
            Step = Math.Max(change.Step, told.Step),
            History = history.Insert(after, new(told.Phase, known?.At ?? now, told.Detail == "" ? known?.Detail ?? "" : told.Detail, known is { Reason: not "" } ? known.Reason : told.Reason, told.Step)),
        };
    }

    private static ChangeState Reverse(ChangeState change, ChangeProgress told, Moment moment) =>
        Move(change, told) with { ByAgent = told.ByAgent, Deadline = moment.Now + moment.Options.RollbackWithin };

    private static ChangeState Back(ChangeState change, ChangeProgress told, Moment moment) => End(change, told, moment) with
    {
        ByAgent = change.ByAgent || told.ByAgent,
        RollbackTook = told.RollbackTook,
        RollbackWarm = told.RollbackWarm,
    };

    private static ChangeState End(ChangeState change, ChangeProgress told, Moment moment) => Move(change, told) with { Ended = moment.Now };

    private static ChangeState Move(ChangeState change, ChangeProgress told) => change with { Phase = told.Phase, Detail = told.Detail };

    private static ChangeState Move(ChangeState change, ChangePhase phase, string reason, string detail, Moment moment) => change with
    {
        Phase = phase,
        Detail = detail,
        History = change.History.Add(new(phase, moment.Now, detail, reason)),
    };
}
