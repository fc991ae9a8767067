using Fleet.Scheduling;

namespace Fleet.Silo;

/// <summary>Once the engine runs, wakes what waited for a deadline while it didn't.</summary>
internal sealed class WakeWhatWaited(IGrainFactory grains, Uptime uptime) : IHostedLifecycleService
{
    /// <summary>Since when the engine counts as started; made with this, so that it is never later than the first wake-up.</summary>
    public Uptime Uptime => uptime;

    public Task StartedAsync(CancellationToken cancellationToken) => grains.StartDueShards();

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
