using Fleet.Audit;
using Fleet.Committing;
using Fleet.Resources;

namespace Fleet.Instances;

/// <summary>What came of a fact: the next state, and what is to be done about it.</summary>
internal sealed record Decision(InstanceState State, ImmutableArray<Effect> Effects)
{
    public Decision(InstanceState state) : this(state, []) { }

    public Decision With(ChangeState change) => this with { State = State.With(change) };

    public Decision And(Effect effect) => this with { Effects = Effects.Add(effect) };

    /// <summary>Records what happened to a change; the same happening always has the same id.</summary>
    public Decision Audit(ChangeState change, string happening, string actor, Moment moment, string evidence = "", bool terminal = false) => And(new Effect.Record(new AuditEntry
    {
        Id = $"{moment.Id}:{change.Id}:{happening}",
        At = moment.Now,
        Actor = actor,
        Action = $"change.{happening}",
        Subject = moment.Id.ToString(),
        Change = change.Id,
        Reason = change.Reason,
        Evidence = evidence,
        Outcome = Words.Of(change.Phase),
        Terminal = terminal,
    }));

    /// <summary>Enters a directive in the change's ledger under the next generation, and sends it. Its id says all of it, so it is never ordered twice.</summary>
    /// <param name="again">It is ordered once more although it was before, under an id of its own.</param>
    public Decision Order(ChangeState change, DirectiveKind kind, DateTimeOffset startBefore, Moment moment, Func<Directive, Directive> fill, bool again = false)
    {
        var before = again ? change.Directives.Count(d => d.Kind == kind) : 0;
        var generation = State.Generation + 1;
        var directive = fill(new Directive
        {
            Id = $"{moment.Id.Name}:{change.Id}:{Words.Of(kind)}{(before > 0 ? $":{before + 1}" : "")}",
            Instance = moment.Id.Name,
            Generation = generation,
            StartBefore = startBefore,
            Change = change.Id,
            Kind = kind,
            Trace = change.Trace,
        });
        if (change.Directives.Any(d => d.Directive == directive.Id)) return this;

        var ordered = change with { Directives = change.Directives.Add(new(directive.Id, kind, generation, StartBefore: startBefore)) };
        return this with
        {
            State = State.With(ordered) with { Generation = generation },
            Effects = Effects.Add(new Effect.Send(moment.Id.Resource, directive)),
        };
    }
}
