using System.Diagnostics;
using System.Text.Json.Nodes;
using Fleet.Client;

namespace Fleet.Bench.Loop;

/// <summary>One engine and so many agents, from their tokens to their last report.</summary>
internal sealed class Trial(int count) : IAsyncDisposable
{
    private const int AtOnce = 64;
    private const int WarmUp = 50;
    private const double KiBPerMiB = 1024;
    private const double MemoryGoal = 60, ApprovalGoal = 30;

    // Before any tuning, 6 000 plain streams: 82 to 93 KiB.
    private const double MemoryReference = 82;
    private static readonly TimeSpan Watched = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Drained = TimeSpan.FromMinutes(3);
    private const int FloodSeconds = 8;

    private readonly EngineProcess engine = new();
    private readonly List<Row> rows = [];
    private double earlier;
    private readonly string[] resources = [.. Enumerable.Range(1, count).Select(number => $"device-{number:00000}")];

    /// <summary>Measures everything once.</summary>
    public async Task<IReadOnlyList<Row>> Run()
    {
        using var image = new TinyImage(engine.Work, engine.Publishers);
        await engine.Start();
        await using var agents = new AgentsProcess(engine);
        using var client = engine.Client();
        foreach (var version in (string[])["1", "2"]) await image.Publish(client, version);

        await Enrol(client, agents);
        await agents.Must($"connect {count} {AtOnce}");
        await agents.Tell("report");
        await Approve("call of its own each", "1", Approval.ByCalls, client, agents);
        await Approve("rollout in one wave", "2", Approval.ByRollout, client, agents);
        await agents.Tell("pause");
        await Lost(agents, "reports lost, while all change");
        await agents.Must("leave");
        earlier = Reported(await agents.Tell("tally"));

        // From here on an engine that has just started, and agents that it remembers: what it holds is there for those connected.
        await engine.Stop();
        await engine.Start();
        await Connect(agents);
        await Report(client, agents);
        await Flood(agents);
        Add("connections that needed another try", Sum(await agents.Tell("tally"), "refused"), "", Better.Low);
        return rows;
    }

    public ValueTask DisposeAsync() => engine.DisposeAsync();

    private async Task Enrol(FleetClient client, AgentsProcess agents)
    {
        var tokens = new string[count];
        var clock = Stopwatch.StartNew();
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (number, cancel) =>
            tokens[number] = (await client.Resources.CreateEnrolmentToken(resources[number], cancel: cancel)).Token);
        Add("enrolment tokens", count / clock.Elapsed.TotalSeconds, "1/s", Better.High);

        var file = Path.Combine(engine.Work, "tokens");
        await File.WriteAllLinesAsync(file, resources.Zip(tokens, (resource, token) => $"{resource} {token}"));
        await agents.Tell($"prepare {file}");
        var before = engine.Usage;
        var enrolled = await agents.Must($"enrol {AtOnce}");
        Add("enrolments, two connections each", count / Seconds(enrolled), "1/s", Better.High);
        Add("engine's CPU for an enrolment", 1000 * (engine.Usage.CpuSeconds - before.CpuSeconds) / count, "ms", Better.Low);
    }

    private async Task Approve(string how, string version, Func<FleetClient, IReadOnlyCollection<string>, string, Task<Approval>> way, FleetClient client, AgentsProcess agents)
    {
        var before = engine.Usage;
        var approval = await way(client, resources, version);
        Add($"approval to verified, {how}, p50", approval.P50, "s", Better.Low);
        Add($"approval to verified, {how}, p99", approval.P99, "s", Better.Low, goal: ApprovalGoal);
        Add($"engine's CPU for a change, {how}", 1000 * (engine.Usage.CpuSeconds - before.CpuSeconds) / count, "ms", Better.Low);
        var settled = await agents.Tell("settle");
        if (settled["unacknowledged"]!.GetValue<int>() is not 0 and var behind) throw new InvalidOperationException($"{behind} agents wait for acknowledgements");
    }

    private async Task Connect(AgentsProcess agents)
    {
        // The first ones bring in code and pools, which are not theirs.
        await agents.Must($"connect {WarmUp} {WarmUp}");
        await agents.Must("leave");
        var (_, empty) = await engine.Memory();

        var before = engine.Usage;
        var connected = await agents.Must($"connect {count} {AtOnce}");
        Add("connections, until welcome", count / Seconds(connected), "1/s", Better.High);
        Add("engine's CPU for a connection", 1000 * (engine.Usage.CpuSeconds - before.CpuSeconds) / count, "ms", Better.Low);

        await agents.Tell("report");
        await Task.Delay(Watched);
        var (asItIs, collected) = await engine.Memory();
        Add("memory per connected agent, heap collected", (collected - empty) * KiBPerMiB / count, "KiB", Better.Low, MemoryReference, MemoryGoal);
        Add("memory per connected agent, as it is", (asItIs - empty) * KiBPerMiB / count, "KiB", Better.Low, MemoryReference);
    }

    private async Task Report(FleetClient client, AgentsProcess agents)
    {
        var (before, usage, clock) = (await agents.Tell("tally"), engine.Usage, Stopwatch.StartNew());
        await Task.Delay(Watched);
        var (after, used, seconds) = (await agents.Tell("tally"), engine.Usage, clock.Elapsed.TotalSeconds);
        var reports = Sum(after, "resource") - Sum(before, "resource");
        Add("reports every 10 s", reports / seconds, "1/s", Better.High);
        Add("reports per second and core at that rate", reports / (used.CpuSeconds - usage.CpuSeconds), "1/s", Better.High);

        await agents.Tell("pause");
        await Lost(agents, "reports lost, every 10 s");
        var last = await agents.Tell("last");
        var wrong = 0;
        await Parallel.ForEachAsync(resources, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (resource, cancel) =>
        {
            var known = (await client.Resources.Get(resource, cancel)).Report?.Usage?.Processes ?? 0;
            if (known != last[resource]!.GetValue<uint>()) Interlocked.Increment(ref wrong);
        });
        Add("agents whose last report the engine doesn't know", wrong, "", Better.Low, goal: 0);
    }

    private async Task Flood(AgentsProcess agents)
    {
        var (before, usage) = (await agents.Tell("tally"), engine.Usage);
        await agents.Must($"flood {FloodSeconds}");
        await Lost(agents, "reports lost, as fast as they go");
        var (after, used) = (await agents.Tell("tally"), engine.Usage);
        Add("reports per second and core, as fast as they go", (Sum(after, "resource") - Sum(before, "resource")) / (used.CpuSeconds - usage.CpuSeconds), "1/s", Better.High);
        Add("engine's memory after the flood", used.MemoryMiB, "MiB", Better.Low);
    }

    // What the agents handed to their streams against what the engine says that it took, since it started.
    private async Task Lost(AgentsProcess agents, string name)
    {
        var tally = await agents.Tell("tally");
        if (Sum(tally, "lost") > 0) throw new InvalidOperationException($"{tally["lost"]} streams ended: {tally["why"]}");
        var sent = Reported(tally) - earlier;
        var taken = 0.0;
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < Drained; await Task.Delay(500))
        {
            taken = await engine.Figure("fleet_gateway_messages_total", "kind=\"Resource\"") + await engine.Figure("fleet_gateway_messages_total", "kind=\"Instance\"");
            if (taken >= sent) break;
        }

        Add(name, Math.Abs(sent - taken), "", Better.Low, goal: 0);
    }

    private void Add(string name, double value, string unit, Better better, double? reference = null, double? goal = null)
    {
        rows.Add(new("loop", $"{name}, {count:#,0} agents", value, unit, better, reference, goal));
        Console.Error.WriteLine($"{rows[^1].Name}: {value:#,0.###} {unit}");
    }

    private static double Sum(JsonObject tally, string name) => tally[name]!.GetValue<long>();

    private static double Reported(JsonObject tally) => Sum(tally, "resource") + Sum(tally, "instance");

    private static double Seconds(JsonObject answer) => answer["seconds"]!.GetValue<double>();
}
