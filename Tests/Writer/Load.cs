using System.Collections.Concurrent;
using Fleet.Engine.Storage;
using Orleans;
using Orleans.Runtime;

namespace Fleet.Tests.Writer;

/// <summary>What is written.</summary>
public sealed record Counted
{
    public int Count { get; init; }

    public string Ballast { get; init; } = "";
}

/// <summary>Writers that count up, each in a state of its own, and say so after each acknowledgement.</summary>
internal sealed class Load(StateDatabase database)
{
    private readonly SqliteGrainStorage storage = new(database);
    private readonly ConcurrentDictionary<string, int> acknowledged = new();

    /// <summary>Writes until a write fails.</summary>
    public Task Run(int writers, int bytes = 0) =>
        Task.WhenAll(Enumerable.Range(0, writers).Select(writer => Write($"w{writer}", new string('x', bytes))));

    /// <summary>Reads back what was acknowledged, and throws if something is missing.</summary>
    public async Task Verify()
    {
        foreach (var (key, count) in acknowledged)
        {
            var read = new GrainState<Counted>();
            await storage.ReadStateAsync("counted", GrainId.Create("load", key), read);
            if (read.State!.Count < count) throw new InvalidOperationException($"{key} has {read.State!.Count}, but {count} was acknowledged.");
        }
    }

    private async Task Write(string key, string ballast)
    {
        var record = new GrainState<Counted>(new Counted());
        for (var count = 1; ; count++)
        {
            // Ever more, so that a small disk fills up.
            record.State = new Counted { Count = count, Ballast = string.Concat(Enumerable.Repeat(ballast, count)) };
            await storage.WriteStateAsync("counted", GrainId.Create("load", key), record);
            acknowledged[key] = count;
            Console.WriteLine($"{key} {count}");
        }
    }
}
