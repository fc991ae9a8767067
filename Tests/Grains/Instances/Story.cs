using Fleet.Committing;
using Fleet.Images;
using Fleet.Instances;
using Fleet.Resources;

namespace Fleet.Tests.Instances;

/// <summary>One instance, told fact by fact, with all that it had done.</summary>
internal sealed class Story
{
    public static readonly InstanceId Id = new("edge-1", "web");

    private readonly List<Effect> effects = [];
    private readonly Dictionary<string, long> steps = [];

    public InstanceState State { get; private set; } = new();
    public DateTimeOffset Now { get; private set; } = Sample.Noon;
    public Sight Sight { get; private set; } = new(Sample.Noon.AddHours(-1));
    public InstanceOptions Options { get; } = new();

    public IReadOnlyList<Effect> Effects => effects;
    public ChangeState Last => State.Last!;
    public ChangePhase Phase => Last.Phase;
    public Moment Moment => new(Id, Sight, Options, Now);

    public IEnumerable<Directive> Directives => effects.OfType<Effect.Send>().Select(s => s.Directive);
    public IEnumerable<string> Audit => effects.OfType<Effect.Record>().Select(r => r.Entry.Id);
    public IEnumerable<Fleet.Audit.AuditEntry> Terminal(string change) =>
        effects.OfType<Effect.Record>().Select(r => r.Entry).Where(e => e.Terminal && e.Change == change);

    /// <summary>An instance with version 1.0, installed and committed.</summary>
    public static Story Installed()
    {
        var story = new Story();
        story.Apply("install", Sample.Layer("v1", Sample.One), Sample.One);
        story.Succeed("install");
        story.effects.Clear();
        return story;
    }

    public Reply Apply(string change, Patch patch, ImageVersionFacts? version = null, Func<ApplyPatch, ApplyPatch>? ask = null, bool quarantined = false)
    {
        var request = Sample.Ask(change, patch.Id);
        var offer = new Offer(ask?.Invoke(request) ?? request, Sample.View(patch, quarantined), new VerifiedPatch(patch, "key", EnvelopeRefusal.None, ""), version ?? (State.Anchor?.Version == "2.0" ? Sample.Two : Sample.One));
        return Take(Requests.Apply(State, offer, Moment));
    }

    public Reply Apply(Offer offer) => Take(Requests.Apply(State, offer, Moment));

    public Reply RollBack(string request, string undoes = "") =>
        Take(Requests.RollBack(State, new RollBack { Change = request, Undoes = undoes, By = "ada", Reason = "because" }, Moment));

    public Story Told(string change, ChangePhase phase, string reason = "", bool byAgent = false, long? step = null)
    {
        var number = step ?? steps.GetValueOrDefault(change) + 1;
        steps[change] = Math.Max(number, steps.GetValueOrDefault(change));
        return Told(Progress(change, phase, number, reason, byAgent));
    }

    public Story Told(ChangeProgress told) => Take(Instance.Told(State, told, Moment));

    public ChangeProgress Progress(string change, ChangePhase phase, long step, string reason = "", bool byAgent = false) => new()
    {
        Change = change,
        Directive = $"web:{change}:APPLY",
        Generation = State.Generation,
        Phase = phase,
        Step = step,
        Reason = reason,
        ByAgent = byAgent,
    };

    public Story Answer(string change, DirectiveKind kind, bool accepted, string reason = "") =>
        Take(Instance.Answered(State, new DirectiveAnswer($"web:{change}:{Words.Of(kind)}", accepted, reason, ""), Moment));

    /// <summary>The device answers what it was told last.</summary>
    public Story AnswersLast(bool accepted, string reason = "") =>
        Take(Instance.Answered(State, new DirectiveAnswer(Directives.Last().Id, accepted, reason, ""), Moment));

    public Story Reports(Health health, Manifest? manifest)
    {
        Sight = Sight with { Facts = new InstanceFacts { Health = health, Observed = manifest }, At = Now };
        return Look();
    }

    public Story Look() => Take(Instance.Looked(State, Moment));

    public Story After(TimeSpan time)
    {
        Now += time;
        return this;
    }

    public Story Restarted()
    {
        Sight = new(Now);
        return this;
    }

    /// <summary>The device does all of it, and is healthy.</summary>
    public Story Succeed(string change)
    {
        foreach (var phase in (ChangePhase[])[ChangePhase.Admitted, ChangePhase.Prepared, ChangePhase.Applied, ChangePhase.Effective, ChangePhase.Verified])
        {
            Now += TimeSpan.FromSeconds(1);
            Told(change, phase);
        }
        Now += TimeSpan.FromSeconds(1);
        return Reports(Health.Healthy, State.Desired);
    }

    private Reply Take(Reply reply)
    {
        Take(reply.Decision);
        return reply;
    }

    public Story Take(Decision decision)
    {
        State = decision.State;
        effects.AddRange(decision.Effects);
        return this;
    }
}
