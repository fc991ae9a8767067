using System.Diagnostics;
using System.Net.Http.Headers;
using System.Runtime.InteropServices;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using Fleet.Tests;

[assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]

namespace Fleet.Silo;

/// <summary>One run of the engine as a process of its own.</summary>
internal sealed partial class EngineProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly Process process;
    private readonly Task<string> error;
    private readonly List<string> output = [];

    private EngineProcess(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "fleet-engine.dll"), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        process = Process.Start(start)!;
        error = process.StandardError.ReadToEndAsync();
    }

    public IReadOnlyList<string> Output => output;

    /// <summary>All that it logged; once it has ended.</summary>
    public Task<string> Log => error;

    public int ApiPort { get; private set; }

    public int AgentsPort { get; private set; }

    public int EnrolmentPort { get; private set; }

    /// <summary>The administrator key, if this run showed one.</summary>
    public string? Key => output.FirstOrDefault(l => l.Contains("fleet_", StringComparison.Ordinal))?.Split(' ')[^1];

    /// <summary>Starts and waits until the engine says that it is ready.</summary>
    public static async Task<EngineProcess> Ready(string data, params string[] more)
    {
        var (silo, gateway) = TestCluster.FreePorts();
        var engine = new EngineProcess(
        [
            "--data", data, "--listen", "127.0.0.1", "--api-port", "0", "--agents-port", "0", "--enrolment-port", "0",
            "--silo-port", $"{silo}", "--silo-gateway-port", $"{gateway}", .. more,
        ]);
        while (await engine.process.StandardOutput.ReadLineAsync().WaitAsync(Patience) is { } line)
        {
            engine.output.Add(line);
            if (Ports().Match(line) is not { Success: true } ports) continue;
            (engine.ApiPort, engine.AgentsPort, engine.EnrolmentPort) = (int.Parse(ports.Groups[1].Value), int.Parse(ports.Groups[2].Value), int.Parse(ports.Groups[3].Value));
            return engine;
        }

        throw new InvalidOperationException($"the engine ended instead: {await engine.error}");
    }

    /// <summary>Starts and waits until the engine ends by itself.</summary>
    public static async Task<(int Code, string Output, string Error)> Ends(params string[] arguments)
    {
        await using var engine = new EngineProcess(arguments);
        var output = await engine.process.StandardOutput.ReadToEndAsync().WaitAsync(Patience);
        await engine.process.WaitForExitAsync().WaitAsync(Patience);
        return (engine.process.ExitCode, output, await engine.error);
    }

    /// <summary>Asks it to end, as service managers do.</summary>
    public async Task<(int Code, TimeSpan Took)> Terminate()
    {
        var since = Stopwatch.StartNew();
        Kill(process.Id, 15);
        await process.WaitForExitAsync().WaitAsync(Patience);
        return (process.ExitCode, since.Elapsed);
    }

    public HttpClient Http(string data, string key)
    {
        var authority = X509Certificate2.CreateFromPem(File.ReadAllText(Path.Combine(data, "authority.crt")));
        var handler = new SocketsHttpHandler();
        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { authority }, RevocationMode = X509RevocationMode.NoCheck };
        return new HttpClient(handler) { BaseAddress = new Uri($"https://localhost:{ApiPort}"), DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", key) } };
    }

    /// <summary>As kill -9.</summary>
    public async Task Kill()
    {
        if (!process.HasExited) process.Kill();
        await process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Kill();
        process.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int pid, int signal);

    [GeneratedRegex(@"API on port (\d+), agents on (\d+), enrolment on (\d+)")]
    private static partial Regex Ports();
}
