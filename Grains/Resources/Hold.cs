using Fleet.Audit;
using Fleet.Committing;
using Fleet.Engine.Storage;

namespace Fleet.Resources;

/// <summary>What is remembered of the hold of a resource.</summary>
[StateSchema(1)]
internal sealed record HoldState : Remembered
{
    public string Hold { get; init; } = "";
    public string By { get; init; } = "";
    public string Reason { get; init; } = "";
    public DateTimeOffset Since { get; init; }
    public DateTimeOffset Until { get; init; }
    public HoldPhase Phase { get; init; } = HoldPhase.None;

    /// <summary>Names of all instances of the resource, in the order in which their leases are taken.</summary>
    public ImmutableArray<string> Instances { get; init; } = [];

    /// <summary>The leases of so many of them are taken.</summary>
    public int Taken { get; init; }
}

internal sealed record HoldDecision(HoldState State, ImmutableArray<Effect> Effects, string Refusal = "", string Detail = "");

/// <summary>Who may keep a whole resource from being changed. Pure.</summary>
internal static class Hold
{
    public static HoldDecision Begin(HoldState state, string resource, HoldRequest request, ImmutableArray<string> instances, DateTimeOffset now)
    {
        // Asked again, it is what became of it: a call that comes late must not hold again what was released.
        if (state.Hold == request.Hold) return new(state, []);
        if (IsOpen(state, now)) return new(state, [], "HELD", $"hold '{state.Hold}' of {state.By} keeps resource '{resource}' until {state.Until:u} at the latest: release it, or wait");
        var begun = new HoldState
        {
            Outbox = state.Outbox,
            Hold = request.Hold,
            By = request.By,
            Reason = request.Reason,
            Since = now,
            Until = request.Until,
            Phase = instances.IsEmpty ? HoldPhase.Held : HoldPhase.Taking,
            // Always in this order: two that want the same instances can't wait for each other.
            Instances = [.. instances.Distinct().Order(StringComparer.Ordinal)],
        };
        return new(begun, [Record(begun, resource, "asked", request.By, now)]);
    }

    /// <summary>The lease of the next instance was taken.</summary>
    public static HoldDecision Took(HoldState state, string resource, DateTimeOffset now)
    {
        var next = state with { Taken = state.Taken + 1 };
        if (next.Taken < next.Instances.Length) return new(next, []);
        next = next with { Phase = HoldPhase.Held };
        return new(next, [Record(next, resource, "held", "engine", now)]);
    }

    public static HoldDecision Release(HoldState state, string resource, string hold, string by, DateTimeOffset now)
    {
        if (state.Hold != hold) return new(state, [], "HOLD_UNKNOWN", state.Hold == "" ? $"resource '{resource}' isn't held" : $"resource '{resource}' is held by '{state.Hold}', not '{hold}'");
        if (!IsOpen(state, now)) return new(state, []);
        var released = state with { Phase = HoldPhase.Released };
        return new(released, [Record(released, resource, "released", by, now)]);
    }

    public static HoldDecision Look(HoldState state, string resource, DateTimeOffset now)
    {
        if (state.Phase is not (HoldPhase.Taking or HoldPhase.Held) || now < state.Until) return new(state, []);
        var expired = state with { Phase = HoldPhase.Expired };
        return new(expired, [Record(expired, resource, "expired", "engine", now)]);
    }

    public static bool IsOpen(HoldState state, DateTimeOffset now) => state.Phase is HoldPhase.Taking or HoldPhase.Held && now < state.Until;

    public static HoldView View(HoldState state, string resource, DateTimeOffset now)
    {
        var phase = state.Phase is HoldPhase.Taking or HoldPhase.Held && now >= state.Until ? HoldPhase.Expired : state.Phase;
        return new()
        {
            Resource = resource,
            Hold = state.Hold,
            Phase = phase,
            Detail = phase == HoldPhase.Taking ? $"waits for the lease of instance '{state.Instances[state.Taken]}'" : "",
            Reason = state.Reason,
            By = state.By,
            Since = state.Phase == HoldPhase.None ? null : state.Since,
            Until = state.Phase == HoldPhase.None ? null : state.Until,
            Instances = phase is HoldPhase.Taking or HoldPhase.Held ? [.. state.Instances.Take(state.Taken)] : [],
        };
    }

    private static Effect.Record Record(HoldState state, string resource, string happening, string by, DateTimeOffset now) => new(new AuditEntry
    {
        Id = $"{resource}:hold:{state.Hold}:{state.Since.UtcTicks}:{happening}",
        At = now,
        Actor = by,
        Action = $"hold.{happening}",
        Subject = resource,
        Reason = state.Reason,
        Evidence = $"{state.Hold} until {state.Until:u}: {string.Join(", ", state.Instances)}",
        Outcome = Words.Of(state.Phase),
    });
}
