using Microsoft.Extensions.Hosting;

namespace Fleet.Engine.Embedded;

/// <summary>The engine's life within its host.</summary>
internal sealed class EngineService(EmbeddedEngine engine, Reminders reminders) : IHostedService, IDisposable
{
    /// <summary>How often unused grains are looked for, at most; those that may be unused for days are looked for more rarely.</summary>
    private static readonly TimeSpan ShortestPeriod = TimeSpan.FromMinutes(1);

    private ITimer? collection;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        reminders.Start();
        var period = engine.Options.IdleAge / 60 is var rarely && rarely > ShortestPeriod ? rarely : ShortestPeriod;
        collection = engine.Options.Time.CreateTimer(static engine => ((EmbeddedEngine)engine!).Collect(), engine, period, period);
        return Task.CompletedTask;
    }

    /// <summary>Lets the grains fall asleep; a stop that has no time left is a crash, as on Orleans.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        Dispose();
        reminders.Stop();
        try
        {
            if (!cancellationToken.IsCancellationRequested) await engine.Stop(cancellationToken);
        }
        finally
        {
            engine.Kill();
        }
    }

    public void Dispose() => collection?.Dispose();
}
