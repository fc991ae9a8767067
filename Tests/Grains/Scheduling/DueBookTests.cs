using Fleet.Scheduling;

namespace Fleet.Tests.Scheduling;

public sealed class DueBookTests
{
    private static readonly DateTimeOffset Noon = Sample.Noon;
    private static readonly ImmutableDictionary<string, Attempt> NoAttempts = ImmutableDictionary<string, Attempt>.Empty;

    [Fact]
    public void Whoever_is_due_is_woken_and_nobody_else()
    {
        var book = Book(("a", 1), ("b", 2));

        Assert.Empty(DueBook.Due(book, NoAttempts, Noon));
        Assert.Equal(["a"], DueBook.Due(book, NoAttempts, Noon.AddMinutes(1)));
        Assert.Equal(["a", "b"], DueBook.Due(book, NoAttempts, Noon.AddMinutes(2)));
        Assert.Equal(Noon.AddMinutes(1), DueBook.Nearest(book, NoAttempts));
    }

    [Fact]
    public void A_later_deadline_replaces_the_earlier_one() =>
        Assert.Equal(Noon.AddMinutes(9), DueBook.Nearest(DueBook.Schedule(Book(("a", 1)), "a", Noon.AddMinutes(9)), NoAttempts));

    [Fact]
    public void Cancelling_spares_a_later_deadline()
    {
        var book = Book(("a", 5));

        Assert.Same(book, DueBook.Cancel(book, "a", Noon.AddMinutes(4)));
        Assert.Empty(DueBook.Cancel(book, "a", Noon.AddMinutes(5)).Entries);
    }

    [Fact]
    public void Whoever_does_not_answer_is_woken_again_ever_more_rarely()
    {
        var book = Book(("a", 0));
        var attempts = NoAttempts;
        var waits = new List<double>();
        var now = Noon;
        for (var i = 0; i < 8; i++)
        {
            Assert.Equal(["a"], DueBook.Due(book, attempts, now));
            attempts = DueBook.Woken(book, attempts, ["a"], now);
            var again = DueBook.Nearest(book, attempts)!.Value;
            waits.Add((again - now).TotalSeconds);
            now = again;
        }
        Assert.Equal([30, 60, 120, 240, 480, 960, 960, 960], waits);
    }

    [Fact]
    public void A_new_deadline_is_not_held_up_by_attempts_for_the_old_one()
    {
        var attempts = DueBook.Woken(Book(("a", 0)), NoAttempts, ["a"], Noon);

        Assert.Equal(["a"], DueBook.Due(Book(("a", 0.1)), attempts, Noon.AddMinutes(0.1)));
        Assert.Empty(DueBook.Woken(Book(), attempts, [], Noon));
    }

    private static DueState Book(params (string Target, double Minutes)[] entries) =>
        entries.Aggregate(new DueState(), (book, e) => DueBook.Schedule(book, e.Target, Noon.AddMinutes(e.Minutes)));
}
