using System.Diagnostics;
using System.Net.Security;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Fleet.Client;

namespace Fleet.Scenarios;

/// <summary>Where a scenario is played.</summary>
/// <param name="Work">A directory of its own, removed afterwards.</param>
/// <param name="Root">The repository.</param>
/// <param name="Configuration">Name of the build's output folder.</param>
/// <param name="Engine">Which engine runs the grains: Embedded or Orleans.</param>
/// <param name="Keep">Leave everything running.</param>
internal sealed record Stage(string Work, string Root, string Configuration, string Engine, bool Keep)
{
    /// <summary>A program of the build.</summary>
    public string Program(string project, string name) => Program("Embedded", project, name);

    /// <summary>The engine, on the engine that was chosen.</summary>
    public string Silo => Program(Engine, "Silo", "fleet-engine");

    private string Program(string engine, string project, string name) => Path.Combine(Root, "artifacts", engine, "bin", project, Configuration, name);

    public string In(params string[] parts) => Path.Combine([Work, .. parts]);
}

/// <summary>One engine, its agents and the command line, all real processes.</summary>
internal sealed partial class World(Stage stage) : IAsyncDisposable
{
    private const int ApiPort = 18443;
    private const int AgentsPort = 18444;
    private const int EnrolmentPort = 18445;
    private static readonly TimeSpan StartWithin = TimeSpan.FromSeconds(40);

    private readonly Dictionary<string, Process> _agents = [];
    private readonly HttpClient _probe = new(new SocketsHttpHandler { SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, _, _, _) => true } }) { Timeout = TimeSpan.FromSeconds(2) };
    private Process? _engine;
    private string _key = "";
    private FleetClient? _client;

    public Stage Stage { get; } = stage;

    public string EngineData => Stage.In("engine");

    public string Logs => Directory.CreateDirectory(Stage.In("logs")).FullName;

    public string AgentData(string resource) => Stage.In($"agent-{resource}");

    public string Images => Stage.In("images");

    public string PublisherKey => Stage.In("publisher.key");

    /// <summary>Public keys that the engine believes.</summary>
    private string Publishers => Directory.CreateDirectory(Stage.In("publishers")).FullName;

    /// <summary>What the command line needs to find the engine.</summary>
    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>
    {
        ["FLEET_ENGINE"] = $"https://127.0.0.1:{ApiPort}",
        ["FLEET_KEY"] = _key,
        ["FLEET_CA"] = Path.Combine(EngineData, "authority.crt"),
        ["NO_COLOR"] = "1",
        ["XDG_CONFIG_HOME"] = Stage.In("config"),
    };

    /// <summary>The engine's public interface, for programs. Once the engine has started.</summary>
    public FleetClient Client => _client ??= new FleetClient(new FleetClientOptions
    {
        Engine = new Uri($"https://127.0.0.1:{ApiPort}"),
        Key = _key,
        AuthorityFile = Path.Combine(EngineData, "authority.crt"),
        // An engine that was killed is back before these are used up.
        Timeout = TimeSpan.FromMinutes(1),
        Attempts = 60,
        LongestPause = TimeSpan.FromSeconds(1),
    });

    /// <summary>Makes the publisher's key pair; the engine gets the public half.</summary>
    public async Task MakePublisher()
    {
        await Must("key", "new", PublisherKey);
        File.Copy($"{PublisherKey}.pub", Path.Combine(Publishers, "demo.pem"));
    }

    /// <summary>Starts the engine and waits until it is ready.</summary>
    public async Task StartEngine()
    {
        var log = Path.Combine(Logs, "engine.log");
        _engine = Shell.Stay(Stage.Silo,
        [
            "--data", EngineData, "--listen", "127.0.0.1", "--api-port", $"{ApiPort}", "--agents-port", $"{AgentsPort}",
            "--enrolment-port", $"{EnrolmentPort}", "--host-names", "127.0.0.1", "--publishers", Publishers,
        ], new Dictionary<string, string>(), log);
        await Until("the engine is ready", StartWithin, async () =>
        {
            if (_engine.HasExited) throw new InvalidOperationException($"the engine ended with {_engine.ExitCode}:\n{string.Join('\n', File.ReadLines(log).TakeLast(20))}");
            // The first start says the administrator's key, once it is stored.
            if (_key.Length == 0 && File.Exists(log)) _key = KeyForm().Match(await File.ReadAllTextAsync(log)).Value;
            if (_key.Length == 0) return false;
            try { return (await _probe.GetAsync(new Uri($"https://127.0.0.1:{ApiPort}/readyz"))).IsSuccessStatusCode; }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException) { return false; }
        });
    }

    /// <summary>Ends the engine at once, as a crash would.</summary>
    public async Task KillEngine()
    {
        _engine!.Kill();
        await _engine.WaitForExitAsync();
    }

    /// <summary>Enrols a resource with a one-time token and trusts the publisher there.</summary>
    public async Task Enrol(string resource, string scope, string addressPool)
    {
        var token = (await Client.Resources.CreateEnrolmentToken(resource)).Token;
        Directory.CreateDirectory(AgentData(resource));
        await File.WriteAllTextAsync(Path.Combine(AgentData(resource), "agent.json"), new JsonObject { ["scope"] = scope, ["addressPool"] = addressPool }.ToJsonString());
        var enrolled = await Shell.Run(Stage.Program("Agent", "fleet-agent"),
        [
            "enrol", "--data", AgentData(resource), "--engine", $"127.0.0.1:{EnrolmentPort}", "--link", $"127.0.0.1:{AgentsPort}",
            "--token", token, "--publisher-key", $"{PublisherKey}.pub",
        ], new Dictionary<string, string>());
        if (enrolled.Code != 0) throw new InvalidOperationException($"{resource} was not enrolled: {enrolled.Errors}");
    }

    public void StartAgent(string resource) => _agents[resource] =
        Shell.Stay(Stage.Program("Agent", "fleet-agent"), ["run", "--data", AgentData(resource)], new Dictionary<string, string>(), AgentLog(resource));

    public string AgentLog(string resource) => Path.Combine(Logs, $"agent-{resource}.log");

    /// <summary>Ends an agent at once, as a crash would. Its instances go on.</summary>
    public async Task KillAgent(string resource)
    {
        _agents[resource].Kill();
        await _agents[resource].WaitForExitAsync();
    }

    /// <summary>Runs the command line with JSON as its output.</summary>
    public Task<Ended> Fleet(params string[] arguments) =>
        Shell.Run(Stage.Program("Cli", "fleet"), [.. arguments, "--output", "json"], Environment, TimeSpan.FromMinutes(3));

    /// <summary>Runs the command line, which must end well.</summary>
    public async Task<Ended> Must(params string[] arguments)
    {
        var ended = await Fleet(arguments);
        return ended.Code == 0 ? ended : throw new InvalidOperationException($"fleet {string.Join(' ', arguments)} ended with {ended.Code}: {ended.Errors} {ended.Output}");
    }

    /// <summary>Follows an instance until it is as wished; returns what was seen then.</summary>
    public async Task<JsonNode> Follow(string instance, string wish, TimeSpan within, Func<JsonNode, bool> wished)
    {
        using var watch = Shell.Start(Stage.Program("Cli", "fleet"), ["instance", "watch", instance, "--output", "json"], Environment);
        using var limit = new CancellationTokenSource(within);
        try
        {
            var errors = watch.StandardError.ReadToEndAsync(limit.Token);
            while (await watch.StandardOutput.ReadLineAsync(limit.Token) is { } line)
                if (JsonNode.Parse(line) is { } seen && wished(seen)) return seen;
            throw new InvalidOperationException($"the watch of {instance} ended early: {await errors}");
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"{instance}: not within {within.TotalSeconds:0} s: {wish}");
        }
        finally
        {
            if (!watch.HasExited) watch.Kill();
        }
    }

    /// <summary>Asks again and again until it is so.</summary>
    public static async Task Until(string what, TimeSpan within, Func<Task<bool>> so)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < within;)
        {
            if (await so()) return;
            await timer.WaitForNextTickAsync();
        }
        throw new TimeoutException($"not within {within.TotalSeconds:0} s: {what}");
    }

    /// <summary>Ends everything and takes the slots away, unless it is to be kept.</summary>
    public async ValueTask DisposeAsync()
    {
        _probe.Dispose();
        _client?.Dispose();
        if (Stage.Keep) return;
        await Task.WhenAll(_agents.Keys.Select(async resource =>
        {
            if (!_agents[resource].HasExited) await KillAgent(resource);
            await Shell.Run(Stage.Program("Agent", "fleet-agent"), ["purge", "--data", AgentData(resource)], new Dictionary<string, string>());
        }));
        if (_engine is { HasExited: false }) await KillEngine();
    }

    /// <summary>How a person looks around in what is left running.</summary>
    public string Around() => $"""
        Everything is left running. Look around with:
          {string.Join("\n  ", Environment.Where(e => e.Key != "XDG_CONFIG_HOME").Select(e => $"export {e.Key}={e.Value}"))}
          alias fleet={Stage.Program("Cli", "fleet")}
          fleet instance show {string.Join(' ', _agents.Keys.Take(1).Select(r => $"{r}/web"))}
          fleet audit
          nft list ruleset
          ls {Logs}
        End it with deploy/demo --stop
        """;

    [GeneratedRegex(@"fleet_[A-Za-z0-9]+_[A-Za-z0-9_-]+")]
    private static partial Regex KeyForm();
}
