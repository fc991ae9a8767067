using System.Diagnostics;

namespace Fleet.Scenarios;

/// <summary>Counts, from the kernel's own events, how often a host port was led to another slot.</summary>
internal sealed class Switches : IDisposable
{
    private readonly Process _monitor;
    private int _count;

    public Switches(string scope, int port)
    {
        // stdbuf: a pipe would hold the lines back until its buffer is full.
        _monitor = Shell.Start("stdbuf", ["-oL", "nft", "monitor", "new", "elements"], new Dictionary<string, string>());
        _monitor.OutputDataReceived += (_, line) =>
        {
            if (line.Data?.StartsWith($"add element ip {scope} tcp_ports {{ {port} :", StringComparison.Ordinal) == true) Interlocked.Increment(ref _count);
        };
        _monitor.BeginOutputReadLine();
    }

    public int Count => Volatile.Read(ref _count);

    public void Dispose()
    {
        if (!_monitor.HasExited) _monitor.Kill();
        _monitor.Dispose();
    }
}
