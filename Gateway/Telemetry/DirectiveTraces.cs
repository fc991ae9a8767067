using System.Diagnostics;
using Fleet.Instances;
using Fleet.Resources;

namespace Fleet.Gateway.Telemetry;

/// <summary>
/// One agent's part in the traces of changes: a span from handing a directive over to its answer, and one for each step that
/// the device tells of it, at the time when it was done there. What was handed over in an earlier session is not followed.
/// </summary>
internal sealed class DirectiveTraces(string resource, TimeProvider time)
{
    public const string SourceName = "Fleet.Gateway";

    // An agent that never ends anything must not fill the engine.
    private const int MostFollowed = 64;
    private static readonly ActivitySource Source = new(SourceName);

    private readonly Lock gate = new();
    private readonly List<Followed> followed = [];

    /// <summary>A directive goes to the agent, for the first time or again.</summary>
    public void Handed(Directive directive)
    {
        if (directive.Trace == "" || !Source.HasListeners() || !ActivityContext.TryParse(directive.Trace, null, isRemote: true, out var trace)) return;
        lock (gate)
        {
            if (followed.Any(f => f.Directive.Id == directive.Id)) return;
            if (followed.Count == MostFollowed) followed.RemoveAt(0);
            var now = time.GetUtcNow();
            followed.Add(new(directive, trace) { Handed = now, Last = now });
        }
    }

    /// <summary>The agent answered it.</summary>
    public void Answered(string directive, bool accepted, string reason)
    {
        if (Find(directive) is not { Answered: false } one) return;
        one.Answered = true;
        using var span = Begin(one, $"directive {one.Directive.Kind}", ActivityKind.Producer, one.Handed);
        span?.SetTag("fleet.accepted", accepted).SetStatus(accepted ? ActivityStatusCode.Ok : ActivityStatusCode.Error, reason).SetEndTime(Now(TimeSpan.Zero, one.Handed).UtcDateTime);
    }

    /// <summary>The agent told a step; on the engine's clock it ended so long ago.</summary>
    public void Told(ChangeProgress progress, TimeSpan ago)
    {
        if (Find(progress.Directive) is not { } one) return;
        using (var span = Begin(one, $"agent {progress.Phase}", ActivityKind.Consumer, one.Last))
        {
            one.Last = Now(ago, one.Last);
            var broken = progress.Phase is ChangePhase.Failed or ChangePhase.NeedsHuman or ChangePhase.Rejected;
            span?.SetTag("fleet.step", progress.Step).SetTag("fleet.detail", progress.Detail).SetTag("fleet.device_time", progress.DeviceTime.ToString("O"))
                .SetStatus(broken ? ActivityStatusCode.Error : ActivityStatusCode.Ok, progress.Reason).SetEndTime(one.Last.UtcDateTime);
        }

        if (!progress.Phase.IsTerminal()) return;
        lock (gate) followed.RemoveAll(f => f.Directive.Change == one.Directive.Change);
    }

    private Followed? Find(string directive)
    {
        lock (gate) return followed.Count == 0 ? null : followed.Find(f => f.Directive.Id == directive);
    }

    private Activity? Begin(Followed one, string name, ActivityKind kind, DateTimeOffset since) => Source.StartActivity(name, kind, one.Trace, startTime: since)?
        .SetTag("fleet.change", one.Directive.Change).SetTag("fleet.directive", one.Directive.Id).SetTag("fleet.instance", $"{resource}/{one.Directive.Instance}");

    private DateTimeOffset Now(TimeSpan ago, DateTimeOffset notBefore)
    {
        var at = time.GetUtcNow() - ago;
        return at < notBefore ? notBefore : at;
    }

    private sealed class Followed(Directive directive, ActivityContext trace)
    {
        public Directive Directive => directive;
        public ActivityContext Trace => trace;
        public required DateTimeOffset Handed { get; init; }
        public required DateTimeOffset Last { get; set; }
        public bool Answered { get; set; }
    }
}
