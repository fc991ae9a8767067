namespace Fleet.Simulation;

/// <summary>What always holds, in words: a run that fails names one of these, and a planted bug says which of them it breaks.</summary>
internal static class Law
{
    public const string OneHolder = "one lease holder";
    public const string OneInFlight = "one change in flight";
    public const string EndsStay = "what has ended stays so";
    public const string NothingIsLost = "what is acknowledged is not lost";
    public const string FactsArrive = "facts arrive";
    public const string OneWord = "a step says one thing";

    public const string OneEffect = "a directive takes effect at most once";
    public const string NothingStale = "no stale directive takes effect";
    public const string OneAnswer = "a directive has one answer";
    public const string GenerationsRise = "generations rise";

    public const string WavesAreVerified = "no rollout advances past an unverified wave";
    public const string WithinBudget = "never more out of service than the budget allows";
    public const string StopsInTime = "a stopped rollout dispatches nothing later than 2 s";
    public const string Permitted = "nothing is dispatched without a permit";
    public const string HeldIsUnchanged = "a held resource is not changed";

    public const string LeftInTime = "a state is left by its deadline";
    public const string HearsFirst = "no action before one reporting cycle";
    public const string AllEnds = "when faults end everything ends";

    public const string ChainVerifies = "the audit chain verifies";
    public const string RecordedOnce = "an event is recorded once";
    public const string OneEnd = "one terminal record per change";
}
