using System.Threading.Channels;

namespace Fleet.Agent.Runtimes.Overlay;

/// <summary>Lets one in at a time; the others wait without holding a thread.</summary>
internal sealed class Gate
{
    private readonly Channel<bool> _free = Channel.CreateBounded<bool>(1);

    public Gate() => _free.Writer.TryWrite(true);

    /// <summary>Returns when it is one's turn; disposing ends it.</summary>
    public async Task<IDisposable> Enter(CancellationToken cancel)
    {
        await _free.Reader.ReadAsync(cancel);
        return new Turn(_free.Writer);
    }

    private sealed class Turn(ChannelWriter<bool> free) : IDisposable
    {
        public void Dispose() => free.TryWrite(true);
    }
}
