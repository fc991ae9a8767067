using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Fleet.Bench.Device;

/// <summary>A real engine and real agents, each a process, with a directory of their own that goes away with them.</summary>
internal sealed partial class Ground : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _work = Directory.CreateTempSubdirectory("fleet-bench-").FullName;
    private readonly int[] _ports = FreePorts(3);
    private readonly List<(Process Process, string Log)> _stay = [];
    private string _key = "";

    private string EngineData => Path.Combine(_work, "engine");

    /// <summary>A program beside this one in the build's output.</summary>
    public static string Built(string project, string name)
    {
        var own = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        return Path.Combine(own, "..", "..", project, Path.GetFileName(own), name);
    }

    /// <summary>Starts the engine, and waits until it has told its key and listens to agents.</summary>
    public async Task StartEngine()
    {
        var log = Stay(Built("Silo", "fleet-engine"),
            "--data", EngineData, "--listen", "127.0.0.1", "--api-port", $"{_ports[0]}", "--agents-port", $"{_ports[1]}",
            "--enrolment-port", $"{_ports[2]}", "--host-names", "127.0.0.1").Log;
        await Until("the engine has told its key", () => (_key = KeyForm().Match(Text(log)).Value).Length > 0);
        await Until("the engine listens to agents", () => Answers(_ports[0]) && Answers(_ports[1]) && Answers(_ports[2]));
    }

    /// <summary>Enrols a device with this agent, and lets it run.</summary>
    public async Task<Process> StartAgent(string program, string name)
    {
        var data = Path.Combine(_work, name);
        Directory.CreateDirectory(data);
        await File.WriteAllTextAsync(Path.Combine(data, "agent.json"), new JsonObject { ["scope"] = name }.ToJsonString());
        var told = await Run(Built("Cli", "fleet"), "token", name, "--output", "json");
        await Run(program, "enrol", "--data", data, "--engine", $"127.0.0.1:{_ports[2]}", "--link", $"127.0.0.1:{_ports[1]}",
            "--token", JsonDocument.Parse(told).RootElement.GetProperty("token").GetString()!);
        return Stay(program, "run", "--data", data).Process;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (process, _) in Enumerable.Reverse(_stay))
        {
            if (!process.HasExited) process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }

        Directory.Delete(_work, recursive: true);
    }

    private (Process Process, string Log) Stay(string program, params string[] arguments)
    {
        var log = Path.Combine(_work, $"{_stay.Count}.log");
        // The shell gives the output a file and becomes the program: what is measured is the program alone.
        var process = Start("/bin/sh", ["-c", "log=$1; shift; exec \"$@\" >\"$log\" 2>&1", "sh", log, program, .. arguments], redirect: false);
        _stay.Add((process, log));
        return _stay[^1];
    }

    private async Task<string> Run(string program, params string[] arguments)
    {
        using var process = Start(program, arguments, redirect: true);
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? await output : throw new InvalidOperationException($"{program} {arguments[0]} ended with {process.ExitCode}: {await errors}");
    }

    private Process Start(string program, IEnumerable<string> arguments, bool redirect)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = redirect, RedirectStandardError = redirect };
        start.Environment["FLEET_ENGINE"] = $"https://127.0.0.1:{_ports[0]}";
        start.Environment["FLEET_KEY"] = _key;
        start.Environment["FLEET_CA"] = Path.Combine(EngineData, "authority.crt");
        start.Environment["XDG_CONFIG_HOME"] = Path.Combine(_work, "config");
        return Process.Start(start)!;
    }

    private async Task Until(string what, Func<bool> so)
    {
        for (var clock = Stopwatch.StartNew(); !so(); await Task.Delay(100))
            if (clock.Elapsed > Patience || _stay.Exists(one => one.Process.HasExited))
                throw new TimeoutException($"it didn't come so far: {what}\n{string.Join('\n', _stay.Select(one => Text(one.Log)))}");
    }

    private static string Text(string log) => File.Exists(log) ? File.ReadAllText(log) : "";

    private static bool Answers(int port)
    {
        using var client = new TcpClient();
        try { client.Connect(IPAddress.Loopback, port); return true; }
        catch (SocketException) { return false; }
    }

    private static int[] FreePorts(int count)
    {
        var held = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        held.ForEach(one => one.Start());
        int[] ports = [.. held.Select(one => ((IPEndPoint)one.LocalEndpoint).Port)];
        held.ForEach(one => one.Dispose());
        return ports;
    }

    [GeneratedRegex(@"fleet_[A-Za-z0-9]+_[A-Za-z0-9_-]+")]
    private static partial Regex KeyForm();
}
