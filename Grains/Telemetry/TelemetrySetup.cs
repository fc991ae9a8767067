using Fleet.Committing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Fleet.Telemetry;

/// <summary>What the grains need to count and trace what they do.</summary>
internal static class TelemetrySetup
{
    /// <summary>Adds the figures and the way out of the grains on which effects are counted.</summary>
    public static IServiceCollection AddTelemetry(this IServiceCollection services)
    {
        services.AddMetrics();
        services.TryAddSingleton<FleetInstruments>();
        services.TryAddSingleton<IOutlet>(provider => new MeasuredOutlet(new Outlet(provider.GetRequiredService<IGrainFactory>()), provider.GetRequiredService<FleetInstruments>()));
        services.AddHostedService<FirstFigures>();
        return services;
    }

    /// <summary>Shows zeros when the host has started: before that, nobody listens yet.</summary>
    private sealed class FirstFigures(FleetInstruments instruments) : IHostedLifecycleService
    {
        public Task StartedAsync(CancellationToken cancellationToken)
        {
            instruments.ShowZeros();
            return Task.CompletedTask;
        }

        public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;
        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;
        public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;
        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
        public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
