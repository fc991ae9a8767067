namespace Fleet.Agent.Link;

/// <summary>A directory that is gone after the test.</summary>
internal sealed class Temporary : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("fleet-test-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

/// <summary>Keeps what is logged, and says when a line came.</summary>
internal sealed class CapturedLog : StringWriter
{
    private readonly List<(string Part, TaskCompletionSource Seen)> _awaited = [];

    public CapturedLog() => Log = new(this, TimeProvider.System);

    public AgentLog Log { get; }

    /// <summary>Ends when a line with this in it was logged.</summary>
    public Task Line(string part)
    {
        lock (_awaited)
        {
            if (ToString().Contains(part, StringComparison.Ordinal)) return Task.CompletedTask;
            var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _awaited.Add((part, seen));
            return seen.Task.WaitAsync(TimeSpan.FromSeconds(30));
        }
    }

    public override string ToString()
    {
        lock (_awaited) return base.ToString();
    }

    public override void WriteLine(string? value)
    {
        lock (_awaited)
        {
            base.WriteLine(value);
            foreach (var (_, seen) in _awaited.Where(one => value!.Contains(one.Part, StringComparison.Ordinal)).ToArray()) seen.TrySetResult();
        }
    }
}
