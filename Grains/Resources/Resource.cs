namespace Fleet.Resources;

/// <summary>What a resource makes of sessions and directives. Pure.</summary>
internal static class Resource
{
    /// <summary>So many renewals whose answers may have been lost are remembered besides the last.</summary>
    private const int KeptLater = 2;

    public static ResourceState Connect(ResourceState state, AgentSession session, DateTimeOffset now)
    {
        var current = Proven(Current(state, now), session.Certificate);
        return current.Session is { } known && Same(known, session) ? current : current with { Session = session };
    }

    /// <summary>Keeps a directive until it is answered; one that is there, was answered, or is out of time is passed over.</summary>
    public static ResourceState Send(ResourceState state, Directive directive, DateTimeOffset now)
    {
        var unwanted = directive.StartBefore <= now
            || state.Pending.Any(d => d.Id == directive.Id)
            || directive.Generation <= state.Answered.GetValueOrDefault(directive.Instance);
        return unwanted ? state : Current(state, now) is var current ? current with { Pending = current.Pending.Add(directive) } : state;
    }

    public static ResourceState Answered(ResourceState state, string directive) => state.Pending.FirstOrDefault(d => d.Id == directive) is not { } answered
        ? state
        : state with
        {
            Pending = state.Pending.Remove(answered),
            Answered = state.Answered.SetItem(answered.Instance, Math.Max(answered.Generation, state.Answered.GetValueOrDefault(answered.Instance))),
        };

    public static ResourceState Acknowledge(ResourceState state, long sequence) => sequence <= state.Acknowledged ? state : state with { Acknowledged = sequence };

    public static ResourceState Enrolled(ResourceState state, string fingerprint, DateTimeOffset expires) =>
        state.Certificate == fingerprint && state.CertificateExpires == expires
            ? state
            : state with { Certificate = fingerprint, Predecessors = [], CertificateExpires = expires };

    /// <summary>The device has what it presented for sure, and of those that were issued since, perhaps the last ones.</summary>
    public static ResourceState Renewed(ResourceState state, string presented, string fingerprint, DateTimeOffset expires) => state with
    {
        Certificate = fingerprint,
        Predecessors = [presented, .. Later(state, presented).TakeLast(KeptLater)],
        CertificateExpires = expires,
    };

    /// <summary>Without memory, what the authority signed is believed.</summary>
    public static bool Recognizes(ResourceState state, string fingerprint) =>
        state.Certificate == "" || state.Certificate == fingerprint || state.Predecessors.Contains(fingerprint);

    /// <summary>Without directives that are out of time: their instances have deadlines of their own.</summary>
    public static ResourceState Current(ResourceState state, DateTimeOffset now) =>
        state.Pending.Any(d => d.StartBefore <= now) ? state with { Pending = state.Pending.RemoveAll(d => d.StartBefore <= now) } : state;

    // Who uses a certificate has no need of those before it.
    private static ResourceState Proven(ResourceState state, string fingerprint)
    {
        var before = state.Predecessors.Add(state.Certificate).IndexOf(fingerprint);
        return before <= 0 ? state : state with { Predecessors = state.Predecessors.RemoveRange(0, before) };
    }

    private static IEnumerable<string> Later(ResourceState state, string fingerprint)
    {
        var issued = state.Predecessors.Add(state.Certificate);
        return issued.Skip(issued.IndexOf(fingerprint) + 1).Where(c => c != "");
    }

    private static bool Same(AgentSession a, AgentSession b) =>
        a.Session == b.Session && a.BootId == b.BootId && a.AgentVersion == b.AgentVersion && a.Certificate == b.Certificate
        && a.OperatingSystem.AsSpan().SequenceEqual(b.OperatingSystem.AsSpan());
}
