using Fleet.Agent.Delivery;

namespace Fleet.Agent.Link;

/// <summary>Keeps progress in the spool, and lets the sensors look at once, since something changed.</summary>
internal sealed class SpooledFacts(Spool spool, Signal looked) : IFacts
{
    public Task Record(Progress progress, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        spool.Add(Wire.Write(progress));
        looked.Raise();
        return Task.CompletedTask;
    }
}
