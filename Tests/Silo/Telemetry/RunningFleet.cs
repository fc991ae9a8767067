using System.Security.Cryptography.X509Certificates;
using Fleet.Bench.Loop;
using Fleet.Client;
using Fleet.Protocol.V1;
using Fleet.SimulatedAgents;
using Google.Protobuf.WellKnownTypes;

namespace Fleet.Silo.Telemetry;

/// <summary>The engine as a process, two simulated agents that report, and an image with two versions for them.</summary>
internal sealed class RunningFleet : IAsyncDisposable
{
    public const string Instance = Reading.Instance;
    private readonly DirectoryInfo work = Directory.CreateTempSubdirectory("fleet-running-");
    private TinyImage? image;
    private Crowd? agents;

    public EngineProcess Engine { get; private set; } = null!;

    public FleetClient Client { get; private set; } = null!;

    /// <summary>Asks as an operator, by REST or for figures.</summary>
    public HttpClient Http { get; private set; } = null!;

    private string Data => Path.Combine(work.FullName, "engine");

    /// <summary>Everything is up, and version 1 runs on both.</summary>
    public static async Task<RunningFleet> Start(params string[] engineArguments)
    {
        var fleet = new RunningFleet();
        var publishers = Directory.CreateDirectory(Path.Combine(fleet.work.FullName, "publishers")).FullName;
        fleet.image = new TinyImage(fleet.work.FullName, publishers);
        fleet.Engine = await EngineProcess.Ready(fleet.Data, ["--publishers", publishers, .. engineArguments]);
        fleet.Http = fleet.Engine.Http(fleet.Data, fleet.Engine.Key!);
        fleet.Client = new FleetClient(new FleetClientOptions
        {
            Engine = new($"https://127.0.0.1:{fleet.Engine.ApiPort}"),
            Key = fleet.Engine.Key,
            Authority = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(fleet.Data, "authority.crt")),
        });
        await fleet.image.Publish(fleet.Client, "1");
        await fleet.image.Publish(fleet.Client, "2");
        await fleet.Enrol();
        await Task.WhenAll(fleet.Apply("one", "first", "1"), fleet.Apply("two", "first", "1"));
        return fleet;
    }

    /// <summary>Asks for a change and waits for its end.</summary>
    public async Task<Change> Apply(string resource, string id, string patch) => await Client.Instances.WaitForEnd(await Client.Instances.Apply(new ApplyRequest
    {
        Resource = resource,
        Instance = Instance,
        RequestId = id,
        Image = TinyImage.Name,
        Patch = patch,
        Bake = TimeSpan.Zero.ToDuration(),
    }));

    /// <summary>A rollout to all, to its end.</summary>
    public async Task<Rollout> RollOut(string id, string patch)
    {
        await Client.Rollouts.Create(new RolloutSpec { Image = TinyImage.Name, Patch = patch, Waves = { 100 }, Bake = TimeSpan.Zero.ToDuration(), WaveBake = TimeSpan.Zero.ToDuration() }, id);
        return await Client.Rollouts.WaitForEnd(id);
    }

    /// <summary>What the engine wrote to its log, once it has ended.</summary>
    public async Task<string> EndEngine()
    {
        await agents!.Leave();
        await Engine.Terminate();
        return await Engine.Log;
    }

    public async ValueTask DisposeAsync()
    {
        if (agents is not null) await agents.DisposeAsync();
        Client?.Dispose();
        Http?.Dispose();
        if (Engine is not null) await Engine.DisposeAsync();
        image?.Dispose();
        work.Delete(recursive: true);
    }

    private async Task Enrol()
    {
        var tokens = Path.Combine(work.FullName, "tokens");
        foreach (var resource in (string[])["one", "two"])
            await File.AppendAllTextAsync(tokens, $"{resource} {(await Client.Resources.CreateEnrolmentToken(resource)).Token}\n");
        agents = new Crowd($"127.0.0.1:{Engine.EnrolmentPort}", $"127.0.0.1:{Engine.AgentsPort}");
        await agents.Prepare(tokens);
        Assert.Equal(0, (int)(await agents.Enrol(2))["failed"]!);
        Assert.Equal(0, (int)(await agents.Connect(2, 2))["failed"]!);
        agents.Report(on: true);
    }
}
