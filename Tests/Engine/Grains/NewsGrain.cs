namespace Fleet.Engine.Tests;

/// <summary>Somebody who wants to hear.</summary>
[Alias("test.reader")]
public interface INewsReader : IGrainObserver
{
    /// <summary>Nobody waits for this.</summary>
    [Alias("heard")] void Heard(string news);

    /// <summary>The caller waits until it is read.</summary>
    [Alias("read")] Task<int> Read(string news);
}

[Alias("test.news")]
public interface INewsGrain : IGrainWithStringKey
{
    [Alias("subscribe")] Task Subscribe(INewsReader reader);

    [Alias("shout")] Task Shout(string news);

    /// <summary>Subscribes this grain, which is itself a reader, to another's news.</summary>
    [Alias("follow")] Task Follow(INewsGrain other);

    [Alias("ask")] Task<int> AskToRead(string news);
}

[GrainType("news")]
internal sealed class NewsGrain(Gates gates) : Grain, INewsGrain, INewsReader
{
    private INewsReader? reader;

    public Task Subscribe(INewsReader reader)
    {
        this.reader = reader;
        return Task.CompletedTask;
    }

    public Task Shout(string news)
    {
        reader!.Heard(news);
        return Task.CompletedTask;
    }

    public Task Follow(INewsGrain other) => other.Subscribe(this.AsReference<INewsReader>());

    public void Heard(string news) => gates.Story.Enqueue($"{this.GetPrimaryKeyString()} heard {news} {(TaskScheduler.Current == TaskScheduler.Default ? "outside" : "in a turn")}");

    public Task<int> Read(string news)
    {
        Heard(news);
        return Task.FromResult(news.Length);
    }

    public Task<int> AskToRead(string news) => reader!.Read(news);
}
