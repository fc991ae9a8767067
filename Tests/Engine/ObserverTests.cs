using System.Runtime.CompilerServices;

namespace Fleet.Engine.Tests;

public sealed class ObserverTests : EngineTests
{
    private INewsGrain News => Grains.GetGrain<INewsGrain>("a");

    [Fact]
    public async Task An_observer_hears_what_a_grain_tells_it_in_order()
    {
        var reader = new Reader(Gates);
        await News.Subscribe(Grains.CreateObjectReference<INewsReader>(reader));
        await News.Shout("one");
        await News.Shout("two");

        Assert.Equal(5, await News.AskToRead("three"));
        Assert.Equal(["heard one", "heard two", "read three"], Story);
        GC.KeepAlive(reader);
    }

    [Fact]
    public async Task An_observer_that_throws_tells_the_grain_that_waits()
    {
        var reader = new Reader(Gates);
        await News.Subscribe(Grains.CreateObjectReference<INewsReader>(reader));

        await News.Shout("");
        var error = await Assert.ThrowsAsync<ArgumentException>(() => News.AskToRead(""));
        Assert.Contains("Nothing to read", error.Message, StringComparison.Ordinal);
        GC.KeepAlive(reader);
    }

    [Fact]
    public async Task Calls_to_an_observer_that_is_gone_fail_cleanly()
    {
        var reader = new Reader(Gates);
        var reference = Grains.CreateObjectReference<INewsReader>(reader);
        await News.Subscribe(reference);
        Grains.DeleteObjectReference<INewsReader>(reference);

        await News.Shout("one");
        var asking = News.AskToRead("two");
        await FailsAsGone(asking);
        Assert.Empty(Story);
    }

    [Fact]
    public async Task An_observer_that_nobody_keeps_is_gone()
    {
        var (reference, observer) = Unkept();
        await News.Subscribe(reference);
        Assert.Equal(3, await News.AskToRead("one"));
        for (var tries = 0; observer.IsAlive && tries < 10; tries++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.False(observer.IsAlive, "The engine keeps the observer.");
        await FailsAsGone(News.AskToRead("two"));
        Assert.Equal(["read one"], Story);
    }

    [Fact]
    public async Task A_grain_that_is_an_argument_travels_as_a_reference() =>
        Assert.Equal("a reference to a", await Grains.GetGrain<IChainGrain>("a").Introduce(Grains.GetGrain<IChainGrain>("b")));

    [Fact]
    public async Task An_object_cannot_travel_only_a_reference_to_it() =>
        await Assert.ThrowsAsync<NotSupportedException>(() => News.Subscribe(new Reader(Gates)));

    [Fact]
    public async Task A_grain_can_observe()
    {
        await Grains.GetGrain<INewsGrain>("b").Follow(News);

        Assert.Equal(3, await News.AskToRead("one"));
        Assert.Equal(["b heard one in a turn"], Story);
    }

    /// <summary>At once on the embedded engine; Orleans lets the caller wait.</summary>
    private async Task FailsAsGone(Task asking)
    {
        if (EngineInUse.IsEmbedded)
        {
            await Failure<ClientNotAvailableException>(asking);
            return;
        }

        Time.Advance(TimeSpan.FromSeconds(31));
        await Failure<Exception>(asking);
    }

    /// <summary>A method of its own, so that no frame of the test holds the reader.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private (INewsReader Reference, WeakReference Reader) Unkept()
    {
        var reader = new Reader(Gates);
        return (Grains.CreateObjectReference<INewsReader>(reader), new WeakReference(reader));
    }

    private sealed class Reader(Gates gates) : INewsReader
    {
        public void Heard(string news)
        {
            if (news.Length == 0) throw new ArgumentException("Nothing to hear");
            gates.Story.Enqueue($"heard {news}");
        }

        public Task<int> Read(string news)
        {
            if (news.Length == 0) throw new ArgumentException("Nothing to read");
            gates.Story.Enqueue($"read {news}");
            return Task.FromResult(news.Length);
        }
    }
}
