namespace Fleet.Engine.Tests;

public sealed class ReminderTests : EngineTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private IRemindedGrain Reminded => Grains.GetGrain<IRemindedGrain>("a");

    [Fact]
    public async Task A_reminder_comes_at_its_time_and_then_every_period()
    {
        Assert.SkipUnless(EngineInUse.IsEmbedded, "Orleans winds its timer some time after a tick, and nobody can know when time may go on");
        await Reminded.RemindMe("tea", 10 * Minute, 60 * Minute);
        await Advance(10 * Minute, "tea");
        await Advance(60 * Minute, "tea");

        Assert.Equal(["a tea 12:10", "a tea 13:10"], Story);
    }

    [Fact]
    public async Task A_reminder_survives_a_crash()
    {
        await Reminded.RemindMe("tea", 10 * Minute, 60 * Minute);
        await Cluster.Restart();
        Assert.Equal(["tea"], await Reminded.Names());
        await Advance(10 * Minute, "tea");

        Assert.Equal(["a tea 12:10"], Story);
    }

    [Fact]
    public async Task A_reminder_that_was_missed_comes_when_the_engine_is_up_again()
    {
        Assert.SkipUnless(EngineInUse.IsEmbedded, "Orleans waits for the next regular time");
        await Reminded.RemindMe("tea", 10 * Minute, 60 * Minute);
        await Cluster.Crash();
        Time.Advance(35 * Minute);
        await Cluster.Restart();
        await Gates["tea"].Arrival();
        await Advance(35 * Minute, "tea");

        Assert.Equal(["a tea 12:35", "a tea 13:10"], Story);
    }

    [Fact]
    public async Task A_reminder_that_was_forgotten_does_not_come()
    {
        await Reminded.RemindMe("tea", 10 * Minute, 60 * Minute);
        await Reminded.RemindMe("cake", 20 * Minute, 60 * Minute);
        await Reminded.Forget("tea");
        Assert.Equal(["cake"], await Reminded.Names());
        await Advance(20 * Minute, "cake");

        Assert.Equal(["a cake 12:20"], Story);
    }

    [Fact]
    public async Task A_reminder_set_again_comes_at_its_new_time()
    {
        await Reminded.RemindMe("tea", 10 * Minute, 60 * Minute);
        await Reminded.RemindMe("tea", 30 * Minute, 60 * Minute);
        Time.Advance(10 * Minute);
        await Advance(20 * Minute, "tea");

        Assert.Equal(["a tea 12:30"], Story);
    }

    [Fact]
    public async Task A_reminder_cannot_come_more_often_than_once_a_minute() =>
        await Assert.ThrowsAsync<ArgumentException>(() => Reminded.RemindMe("tea", TimeSpan.Zero, TimeSpan.FromSeconds(59)));

    private async Task Advance(TimeSpan time, string reminder)
    {
        Time.Advance(time);
        await Gates[reminder].Arrival();
    }
}
