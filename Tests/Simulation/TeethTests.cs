using Fleet.Simulation.Planted;

namespace Fleet.Simulation;

/// <summary>The laws bite: each planted bug is found within 1 000 seeds.</summary>
public sealed class TeethTests
{
    private static readonly SortedDictionary<string, Func<Bug>> Bugs = new(StringComparer.Ordinal)
    {
        [nameof(DroppedEffect)] = () => new DroppedEffect(),
        [nameof(LostDeadline)] = () => new LostDeadline(),
        [nameof(EarlyCancel)] = () => new EarlyCancel(),
        [nameof(SecondTelling)] = () => new SecondTelling(),
        [nameof(CommitBeforeWrite)] = () => new CommitBeforeWrite(),
        [nameof(SwallowedFailure)] = () => new SwallowedFailure(),
        [nameof(UncheckedVersion)] = () => new UncheckedVersion(),
        [nameof(ForgottenOutbox)] = () => new ForgottenOutbox(),
        [nameof(ForgottenLease)] = () => new ForgottenLease(),
        [nameof(LostReminders)] = () => new LostReminders(),
        [nameof(ActsAtOnce)] = () => new ActsAtOnce(),
        [nameof(EarlyAcknowledgement)] = () => new EarlyAcknowledgement(),
        [nameof(PermitForAll)] = () => new PermitForAll(),
        [nameof(FrozenAnyway)] = () => new FrozenAnyway(),
        [nameof(UnaskedLease)] = () => new UnaskedLease(),
        [nameof(UncheckedBudget)] = () => new UncheckedBudget(),
        [nameof(StaleGeneration)] = () => new StaleGeneration(),
        [nameof(ForgottenLedger)] = () => new ForgottenLedger(),
        [nameof(LateJournal)] = () => new LateJournal(),
        [nameof(LostFact)] = () => new LostFact(),
        [nameof(UnsyncedSpool)] = () => new UnsyncedSpool(),
        [nameof(LostSwitch)] = () => new LostSwitch(),
    };

    public static TheoryData<string> Names => [.. Bugs.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_planted_bug_is_found(string bug)
    {
        var found = Campaign.FirstFailure(1, 1000, Bugs[bug]);

        Assert.True(found is not null, $"no seed up to 1000 finds '{Bugs[bug]().Name}'");
        TestContext.Current.TestOutputHelper?.WriteLine(found.Report());
    }
}
