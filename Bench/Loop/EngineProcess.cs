using System.Diagnostics;
using System.Diagnostics.Tracing;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using Fleet.Bench.Device;
using Fleet.Client;
using Microsoft.Diagnostics.NETCore.Client;

namespace Fleet.Bench.Loop;

/// <summary>The engine as it is delivered, in a process and a directory of its own; it can be stopped and started again.</summary>
internal sealed partial class EngineProcess : IAsyncDisposable
{
    private const string Runtime = "Microsoft-Windows-DotNETRuntime";
    private const long CollectHeap = 0x800000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo work = System.IO.Directory.CreateTempSubdirectory("fleet-loop-");
    private Process? process;
    private string key = "";
    private int starts;

    /// <summary>Files of this trial.</summary>
    public string Work => work.FullName;

    /// <summary>Public keys that the engine believes.</summary>
    public string Publishers => System.IO.Directory.CreateDirectory(Path.Combine(Work, "publishers")).FullName;

    public int AgentsPort { get; private set; }

    public int EnrolmentPort { get; private set; }

    private int ApiPort { get; set; }

    private string Data => Path.Combine(Work, "engine");

    /// <summary>What the engine has used so far.</summary>
    public Usage Usage => Usage.Of(process!.Id);

    /// <summary>Starts it; the ports stay those of the first start.</summary>
    public async Task Start()
    {
        var log = Path.Combine(Work, $"engine-{++starts}.log");
        string[] arguments =
        [
            "--data", Data, "--listen", "127.0.0.1", "--api-port", $"{ApiPort}", "--agents-port", $"{AgentsPort}", "--enrolment-port", $"{EnrolmentPort}",
            "--host-names", "127.0.0.1", "--publishers", Publishers,
        ];
        // The shell gives the output a file and becomes the engine: what is measured is the engine alone.
        process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "log=$1; shift; exec \"$@\" >\"$log\" 2>&1", "sh", log, Ground.Built("Silo", "fleet-engine"), .. arguments]))!;
        for (var clock = Stopwatch.StartNew(); ; await Task.Delay(50))
        {
            var text = File.Exists(log) ? await File.ReadAllTextAsync(log) : "";
            if (process.HasExited || clock.Elapsed > Patience) throw new InvalidOperationException($"the engine did not start:\n{text}");
            if (Ready().Match(text) is not { Success: true } ready) continue;
            (ApiPort, AgentsPort, EnrolmentPort) = (Port(ready, 1), Port(ready, 2), Port(ready, 3));
            // The first start says the administrator's key.
            if (key.Length == 0) key = KeyForm().Match(text).Value;
            if (key.Length > 0) return;
        }
    }

    /// <summary>Ends it in order, as a deployment does.</summary>
    public async Task Stop()
    {
        if (process is not { HasExited: false } running) return;
        using (var term = Process.Start("kill", [$"{running.Id}"])) await term.WaitForExitAsync();
        await running.WaitForExitAsync();
    }

    /// <summary>A client of the operators' door.</summary>
    public FleetClient Client() => new(new FleetClientOptions
    {
        Engine = new($"https://127.0.0.1:{ApiPort}"),
        Key = key,
        Authority = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(Data, "authority.crt")),
        Timeout = TimeSpan.FromMinutes(2),
    });

    /// <summary>What the engine says of itself: the sum of a figure over the labels given.</summary>
    public async Task<double> Figure(string name, string label = "")
    {
        using var handler = new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null } };
        using var http = new HttpClient(handler) { DefaultRequestHeaders = { { "Authorization", $"Bearer {key}" } } };
        var text = await http.GetStringAsync(new Uri($"https://127.0.0.1:{ApiPort}/metrics"));
        return text.Split('\n')
            .Where(line => line.StartsWith(name, StringComparison.Ordinal) && line.Length > name.Length && line[name.Length] is ' ' or '{' && line.Contains(label, StringComparison.Ordinal))
            .Sum(line => double.Parse(line[(line.LastIndexOf('}') is var end and >= 0 ? end + 1 : name.Length)..].Trim().Split(' ')[0], CultureInfo.InvariantCulture));
    }

    /// <summary>Resident memory now, and after the runtime was told to collect its whole heap, twice.</summary>
    public async Task<(double AsItIs, double Collected)> Memory()
    {
        var asItIs = Usage.MemoryMiB;
        for (var i = 0; i < 2; i++) await Collect();
        return (asItIs, Usage.MemoryMiB);
    }

    public async ValueTask DisposeAsync()
    {
        if (process is { HasExited: false })
        {
            process.Kill();
            await process.WaitForExitAsync();
        }

        if (Environment.GetEnvironmentVariable("FLEET_BENCH_KEEP") is null) work.Delete(recursive: true);
    }

    // A trace session that asks for heap events makes the runtime collect; the events themselves go nowhere.
    private async Task Collect()
    {
        using var session = await new DiagnosticsClient(process!.Id).StartEventPipeSessionAsync(
            [new EventPipeProvider(Runtime, EventLevel.Informational, CollectHeap)], requestRundown: false, circularBufferMB: 1, CancellationToken.None);
        var draining = session.EventStream.CopyToAsync(Stream.Null);
        await Task.Delay(TimeSpan.FromSeconds(2));
        await session.StopAsync(CancellationToken.None);
        await draining;
    }

    private static int Port(Match ready, int number) => int.Parse(ready.Groups[number].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"API on port (\d+), agents on (\d+), enrolment on (\d+)")]
    private static partial Regex Ready();

    [GeneratedRegex(@"fleet_[A-Za-z0-9]+_[A-Za-z0-9_-]+")]
    private static partial Regex KeyForm();
}
