namespace Fleet.Instances;

/// <summary>
/// Who asked for the instance and couldn't have it. Whoever still wants it asks again, so nothing of this is stored; while
/// a more urgent one waits, the others let it go first.
/// </summary>
internal sealed record WaitingLine(ImmutableArray<WaitingLine.Waiter> Waiters)
{
    /// <summary>Who hasn't asked again for so long waits no longer.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>More than these are forgotten, the longest silent first.</summary>
    private const int Longest = 16;

    public static WaitingLine Empty { get; } = new(ImmutableArray<Waiter>.Empty);

    /// <summary>A more urgent change that waits; null when it is this one's turn.</summary>
    public string? Ahead(ApplyPatch request, DateTimeOffset now) => Present(now)
        .Where(w => w.Request.Change != request.Change && Urgency(w.Request).CompareTo(Urgency(request)) < 0)
        .MinBy(w => Urgency(w.Request))?.Request.Change;

    /// <summary>The request was answered: who couldn't have the instance waits, any other does not.</summary>
    public WaitingLine After(ApplyPatch request, ChangeAnswerKind answer, DateTimeOffset now)
    {
        var others = Present(now).Where(w => w.Request.Change != request.Change);
        return answer switch
        {
            ChangeAnswerKind.Busy => new([.. others.TakeLast(Longest - 1), new Waiter(request, now)]),
            _ when Waiters.IsEmpty => this,
            _ => new([.. others]),
        };
    }

    /// <summary>The rollout shards that wait, the most urgent first.</summary>
    public ImmutableArray<ChangeOwner> Owners(DateTimeOffset now) =>
        [.. Present(now).OrderBy(w => Urgency(w.Request)).Select(w => w.Request.Owner).OfType<ChangeOwner>().Distinct()];

    private IEnumerable<Waiter> Present(DateTimeOffset now) => Waiters.Where(w => now - w.Last <= Patience);

    private static (int, int) Urgency(ApplyPatch request) => ((int)request.Actuator, -request.Priority);

    internal sealed record Waiter(ApplyPatch Request, DateTimeOffset Last);
}
