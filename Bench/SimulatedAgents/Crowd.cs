using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Fleet.SimulatedAgents;

/// <summary>All agents of this process, and what they are told to do together.</summary>
internal sealed class Crowd(string enrolment, string link) : IAsyncDisposable
{
    // An agent that isn't let in comes again, as a real one does.
    private const int Tries = 5;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private Candidate[] candidates = [];
    private SimulatedAgent[] agents = [];
    private SimulatedAgent[] connected = [];

    public Tally Tally { get; } = new();

    /// <summary>Makes keys and certificate requests for the tokens in the file: a resource and its token a line.</summary>
    public async Task<JsonObject> Prepare(string file)
    {
        var clock = Stopwatch.StartNew();
        candidates = [.. (await File.ReadAllLinesAsync(file)).Select(line => line.Split(' ')).Select(pair => new Candidate(pair[0], pair[1]).Ready())];
        return new JsonObject { ["count"] = candidates.Length, ["seconds"] = clock.Elapsed.TotalSeconds };
    }

    /// <summary>Enrols all, so many at once.</summary>
    public async Task<JsonObject> Enrol(int atOnce)
    {
        var enrolled = new ConcurrentBag<SimulatedAgent>();
        var answer = await Together(candidates, atOnce, candidate => Again(async () => enrolled.Add(await candidate.Enrol(enrolment, link, Tally))));
        agents = [.. enrolled.OrderBy(agent => agent.Resource, StringComparer.Ordinal)];
        return answer;
    }

    /// <summary>Opens the streams of the first ones, so many at once.</summary>
    public async Task<JsonObject> Connect(int count, int atOnce)
    {
        connected = agents[..count];
        return await Together(connected, atOnce, agent => Again(async () =>
        {
            using var late = new CancellationTokenSource(Patience);
            await agent.Connect(late.Token);
        }));
    }

    /// <summary>Ends all streams.</summary>
    public async Task<JsonObject> Leave()
    {
        var answer = await Together(connected, 256, agent => agent.Leave());
        connected = [];
        return answer;
    }

    public JsonObject Report(bool on)
    {
        foreach (var agent in connected) agent.Reports = on;
        return new JsonObject { ["count"] = connected.Length };
    }

    /// <summary>All report as fast as they can.</summary>
    public async Task<JsonObject> Flood(TimeSpan time)
    {
        using var over = new CancellationTokenSource(time);
        return await Together(connected, connected.Length, agent => agent.Flood(over.Token));
    }

    /// <summary>Waits until every numbered fact is acknowledged; says of how many agents not all are.</summary>
    public async Task<JsonObject> Settle()
    {
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < Patience && connected.Any(agent => !agent.Settled);) await Task.Delay(50);
        return new JsonObject { ["unacknowledged"] = connected.Count(agent => !agent.Settled) };
    }

    /// <summary>By resource, the number of its last report.</summary>
    public JsonObject Last() => new(connected.Select(agent => KeyValuePair.Create(agent.Resource, (JsonNode?)agent.LastReport)));

    public async ValueTask DisposeAsync() => await Leave();

    private async Task Again(Func<Task> once)
    {
        for (var left = Tries; ; await Task.Delay(Pause))
        {
            try
            {
                await once();
                return;
            }
            catch (Exception e) when (e is Grpc.Core.RpcException or InvalidOperationException or OperationCanceledException && --left > 0)
            {
                Tally.Refused();
            }
        }
    }

    private static async Task<JsonObject> Together<T>(IReadOnlyCollection<T> all, int atOnce, Func<T, Task> each)
    {
        var (clock, took, failed) = (Stopwatch.StartNew(), new ConcurrentBag<double>(), new ConcurrentBag<string>());
        await Parallel.ForEachAsync(all, new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, atOnce) }, async (one, _) =>
        {
            var began = clock.Elapsed;
            try
            {
                await each(one);
                took.Add((clock.Elapsed - began).TotalMilliseconds);
            }
            catch (Exception e)
            {
                failed.Add(e.Message);
            }
        });
        var sorted = took.Order().ToArray();
        return new JsonObject
        {
            ["count"] = took.Count,
            ["seconds"] = clock.Elapsed.TotalSeconds,
            ["p50"] = sorted.Length > 0 ? sorted[sorted.Length / 2] : null,
            ["p99"] = sorted.Length > 0 ? sorted[(int)(sorted.Length * 0.99)] : null,
            ["failed"] = failed.Count,
            ["why"] = failed.FirstOrDefault() ?? "",
        };
    }
}
