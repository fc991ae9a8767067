using Fleet.Simulation.Planted;

namespace Fleet.Simulation;

/// <summary>The laws bite: each planted bug is found within 1 000 seeds, by a law that it breaks.</summary>
public sealed class TeethTests
{
    private static readonly SortedDictionary<string, (Func<Bug> Plant, string[] Breaks)> Bugs = new(StringComparer.Ordinal)
    {
        [nameof(DroppedEffect)] = (() => new DroppedEffect(), [Law.OneEnd]),
        [nameof(LostDeadline)] = (() => new LostDeadline(), [Law.AllEnds, Law.LeftInTime]),
        [nameof(SleepingRollout)] = (() => new SleepingRollout(), [Law.LeftInTime]),
        [nameof(SleepingHold)] = (() => new SleepingHold(), [Law.LeftInTime, Law.AllEnds]),
        [nameof(EarlyCancel)] = (() => new EarlyCancel(), [Law.AllEnds, Law.LeftInTime]),
        [nameof(SecondTelling)] = (() => new SecondTelling(), [Law.OneEnd]),
        [nameof(CommitBeforeWrite)] = (() => new CommitBeforeWrite(), [Law.NothingIsLost]),
        [nameof(SwallowedFailure)] = (() => new SwallowedFailure(), [Law.NothingIsLost]),
        [nameof(UncheckedVersion)] = (() => new UncheckedVersion(), [Law.NothingIsLost, Law.GenerationsRise]),
        [nameof(ForgottenOutbox)] = (() => new ForgottenOutbox(), [Law.AllEnds]),
        [nameof(ForgottenLease)] = (() => new ForgottenLease(), [Law.OneHolder]),
        [nameof(LostReminders)] = (() => new LostReminders(), [Law.AllEnds]),
        [nameof(ActsAtOnce)] = (() => new ActsAtOnce(), [Law.HearsFirst]),
        [nameof(EarlyAcknowledgement)] = (() => new EarlyAcknowledgement(), [Law.FactsArrive]),
        [nameof(EarlyTally)] = (() => new EarlyTally(), [Law.WavesAreVerified]),
        [nameof(UnrecordedChange)] = (() => new UnrecordedChange(), [Law.OneEnd]),
        [nameof(UnheardStop)] = (() => new UnheardStop(), [Law.StopsInTime]),
        [nameof(UnrecordedEnd)] = (() => new UnrecordedEnd(), [Law.OneEnd]),
        [nameof(PermitForAll)] = (() => new PermitForAll(), [Law.Permitted]),
        [nameof(FrozenAnyway)] = (() => new FrozenAnyway(), [Law.Permitted]),
        [nameof(UnaskedLease)] = (() => new UnaskedLease(), [Law.HeldIsUnchanged]),
        [nameof(UncheckedBudget)] = (() => new UncheckedBudget(), [Law.WithinBudget]),
        [nameof(StaleGeneration)] = (() => new StaleGeneration(), [Law.AllEnds, Law.NothingStale]),
        [nameof(ForgottenLedger)] = (() => new ForgottenLedger(), [Law.GenerationsRise]),
        [nameof(LateJournal)] = (() => new LateJournal(), [Law.AllEnds]),
        [nameof(LostFact)] = (() => new LostFact(), [Law.FactsArrive]),
        [nameof(UnsyncedSpool)] = (() => new UnsyncedSpool(), [Law.FactsArrive]),
        [nameof(LostSwitch)] = (() => new LostSwitch(), [Law.AllEnds]),
    };

    public static TheoryData<string> Names => [.. Bugs.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_planted_bug_is_found(string bug)
    {
        var (plant, breaks) = Bugs[bug];
        var found = Campaign.FirstFailure(1, 1000, plant);

        Assert.True(found is not null, $"no seed up to 1000 finds '{plant().Name}'");
        TestContext.Current.TestOutputHelper?.WriteLine(found.Report());
        Assert.Contains(found.Broken, breaks);
    }
}
