using System.Diagnostics;

namespace Fleet.Engine.Tests.Storage;

/// <summary>Another process that holds, fills or hammers a data directory. Who starts one is of the collection "processes": one that is just being started holds what other tests have open, a mount as well.</summary>
internal sealed class WriterProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "Fleet.Tests.Writer");

    private readonly Process process;

    private WriterProcess(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = start.RedirectStandardInput = true;
        process = Process.Start(start)!;
    }

    public int Id => process.Id;

    public static WriterProcess Start(string what, string directory) => new(new ProcessStartInfo(Program, [what, directory]));

    /// <summary>The same in a mount namespace of its own, after a shell command such as a mount.</summary>
    public static WriterProcess StartAfter(string command, string what, string directory) =>
        new(new ProcessStartInfo("unshare", ["--mount", "sh", "-c", $"{command} && exec \"$0\" \"$@\"", Program, what, directory]));

    /// <summary>The next line of its output; null at its end.</summary>
    public Task<string?> ReadLine() => process.StandardOutput.ReadLineAsync().WaitAsync(Patience);

    /// <summary>The rest of its output.</summary>
    public async Task<string[]> ReadToEnd() =>
        (await process.StandardOutput.ReadToEndAsync().WaitAsync(Patience)).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>SIGSTOP, until no thread runs any more: from here on it says nothing.</summary>
    /// <remarks>A thread that waits for the disk (D) may be left so: it stops before it is back in its program.</remarks>
    public void Stop()
    {
        using (var kill = Process.Start("kill", ["-STOP", $"{process.Id}"])!) kill.WaitForExit();
        for (var clock = Stopwatch.StartNew(); ThreadStates().Any(state => state is 'R' or 'S'); Thread.Yield())
            Assert.True(clock.Elapsed < Patience, "the writer doesn't stop");
    }

    private IEnumerable<char> ThreadStates()
    {
        foreach (var thread in Directory.GetDirectories($"/proc/{process.Id}/task"))
        {
            var stat = Path.Combine(thread, "stat");
            if (!File.Exists(stat)) continue;
            var text = File.ReadAllText(stat);
            yield return text[text.LastIndexOf(')') + 2];
        }
    }

    /// <summary>SIGKILL.</summary>
    public async Task Kill()
    {
        process.Kill();
        await process.WaitForExitAsync().WaitAsync(Patience);
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited) await Kill();
        process.Dispose();
    }
}
