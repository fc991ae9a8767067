using System.Collections.Concurrent;
using System.Threading.Channels;

namespace Fleet.Engine.Tests;

/// <summary>Places where grains stop until the test lets them on, so that no test has to sleep.</summary>
public sealed class Gates
{
    private readonly ConcurrentDictionary<string, Gate> gates = new();

    /// <summary>What grains noted, in order.</summary>
    public ConcurrentQueue<string> Story { get; } = new();

    public Gate this[string name] => gates.GetOrAdd(name, _ => new Gate(name));
}

/// <summary>One such place.</summary>
public sealed class Gate(string name)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Channel<bool> arrivals = Channel.CreateUnbounded<bool>();
    private readonly TaskCompletionSource open = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>For grains: arrives and goes on when the gate is open.</summary>
    public Task Pass()
    {
        arrivals.Writer.TryWrite(true);
        return open.Task;
    }

    /// <summary>For tests: waits until one more grain has arrived.</summary>
    public async Task Arrival()
    {
        try
        {
            await arrivals.Reader.ReadAsync().AsTask().WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"Nobody came to the gate '{name}'.");
        }
    }

    public void Open() => open.TrySetResult();
}
