using System.Diagnostics;
using Fleet.Instances;
using Fleet.Rollouts;

namespace Fleet.Telemetry;

/// <summary>Tells whoever records traces what became of a change or a rollout that was asked for in one. Nobody records: it does nothing.</summary>
internal static class ChangeTraces
{
    private static readonly ActivitySource Source = new(FleetInstruments.Name);
    private static readonly Func<ILogger, ActivityTraceId, IDisposable?> TraceScope = LoggerMessage.DefineScope<ActivityTraceId>("TraceId:{TraceId}");

    /// <summary>A span from the request of a change to its end, with an event for each phase; nothing while it is under way.</summary>
    public static void Told(InstanceId instance, ChangeState change)
    {
        if (change.Ended is not { } ended || Begin("change", change.Trace, change.Requested) is not { } span) return;
        using (span)
        {
            span.SetTag("fleet.change", change.Id).SetTag("fleet.instance", instance.ToString()).SetTag("fleet.image", change.Image).SetTag("fleet.patch", change.Patch);
            if (change.Owner is { } owner) span.SetTag("fleet.rollout", owner.Rollout);
            foreach (var entry in change.History)
                span.AddEvent(new(Words.Of(entry.Phase), entry.At, new() { ["fleet.detail"] = entry.Detail, ["fleet.reason"] = entry.Reason }));
            var meant = change.Phase == ChangePhase.Committed || (change.Phase == ChangePhase.RolledBack && (change.Undoes != "" || change.BackBy != ""));
            End(span, Words.Of(change.Phase), change.Reason, meant, ended);
        }
    }

    /// <summary>A span from the request of a rollout to its end; nothing while it is under way.</summary>
    public static void Told(string rollout, RolloutState state, DateTimeOffset now)
    {
        if (!state.Phase.IsTerminal() || Begin("rollout", state.Spec!.Trace, state.Requested) is not { } span) return;
        using (span)
        {
            span.SetTag("fleet.rollout", rollout).SetTag("fleet.image", state.Spec.Image).SetTag("fleet.patch", state.Spec.Patch);
            End(span, Words.Of(state.Phase), state.Reason, state.Phase == RolloutPhase.Succeeded, now);
        }
    }

    /// <summary>What is logged in this scope names the trace of the change.</summary>
    public static IDisposable? Scope(ILogger log, ChangeState change) =>
        ActivityContext.TryParse(change.Trace, null, out var trace) ? TraceScope(log, trace.TraceId) : null;

    private static Activity? Begin(string name, string trace, DateTimeOffset since) =>
        Source.HasListeners() && ActivityContext.TryParse(trace, null, isRemote: true, out var parent)
            ? Source.StartActivity(name, ActivityKind.Internal, parent, startTime: since)
            : null;

    private static void End(Activity span, string outcome, string reason, bool meant, DateTimeOffset at) => span
        .SetTag("fleet.outcome", outcome)
        .SetStatus(meant ? ActivityStatusCode.Ok : ActivityStatusCode.Error, reason)
        .SetEndTime(at.UtcDateTime);
}
