using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Fleet.Agent.Delivery;
using Fleet.Images;

namespace Fleet.Agent.Runtimes;

/// <summary>Delivery in a process of its own, which a test kills, and starts again.</summary>
internal sealed class DeviceProcess : IDisposable
{
    private readonly Workshop _shop;
    private readonly string _key;
    private Process? _process;
    private string? _killAt;
    private TaskCompletionSource _killed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public DeviceProcess(Workshop shop)
    {
        _shop = shop;
        _key = Path.Combine(shop.Home, "publisher.pem");
        File.WriteAllText(_key, shop.PublisherKey);
        Start();
    }

    /// <summary>Facts by change and step, as the engine would have them.</summary>
    public ConcurrentDictionary<(string Change, long Step), string> Facts { get; } = new();
    public ConcurrentQueue<string> Lines { get; } = new();

    public string Story(string change) => string.Join(" ", Facts.Where(f => f.Key.Change == change).OrderBy(f => f.Key.Step).Select(f => f.Value));

    public void Start()
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "Fleet.Tests.Device"),
            [_shop.Options.DataDirectory, _shop.Layout.Content.Root, _key, _shop.Options.Scope, _shop.Options.AddressPool.ToString()])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, e) => Heard(process, e.Data);
        process.BeginOutputReadLine();
        _process = process;
    }

    /// <summary>Kills the process at the moment when it has written down that this step is next.</summary>
    public Task KillAt(string step)
    {
        _killed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _killAt, $", next {step}");
        return _killed.Task;
    }

    public async Task Dead()
    {
        await _process!.WaitForExitAsync();
        _process.Dispose();
    }

    public async Task Send(string id, string change, long generation, Patch? patch = null, InstanceManifest? expected = null, string? undoes = null, int keepMs = 300)
    {
        var line = JsonSerializer.Serialize(new
        {
            Id = id, Change = change, Generation = generation, Envelope = patch is null ? null : _shop.Sign(patch), Expected = expected, BakeMs = 300, KeepMs = keepMs, Undoes = undoes,
        });
        await _process!.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
    }

    public async Task Until(string change, DevicePhase phase)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            var more = Volatile.Read(ref _more).Task;
            if (Facts.Any(f => f.Key.Change == change && f.Value == phase.ToString())) return;
            try { await more.WaitAsync(limit.Token); }
            catch (OperationCanceledException) { Assert.Fail($"{change} did not reach {phase}: {Story(change)}\n{string.Join('\n', Lines)}"); }
        }
    }

    public void Dispose()
    {
        _process!.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private void Heard(Process process, string? line)
    {
        if (line is null) return;
        Lines.Enqueue(line);
        if (Volatile.Read(ref _killAt) is { } at && line.Contains(at, StringComparison.Ordinal))
        {
            Volatile.Write(ref _killAt, null);
            process.Kill();
            _killed.TrySetResult();
        }
        if (line.Split(' ') is ["fact", var change, var step, var phase, ..]) Facts[(change, long.Parse(step))] = phase;
        Interlocked.Exchange(ref _more, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
    }
}
