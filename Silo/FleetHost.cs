using Fleet.Engine;
using Fleet.Images;
using Fleet.Silo.Telemetry;

namespace Fleet.Silo;

/// <summary>What every process of Fleet has, whatever its role.</summary>
internal static class FleetHost
{
    /// <summary>Logs, the engine, and the grains if they live here.</summary>
    public static void AddFleet(this IHostApplicationBuilder builder, SiloOptions options)
    {
        builder.Logging.AddFleetLogs();
        builder.AddFleetTelemetry(options);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(4));
        builder.UseFleetEngine(options.Engine);
        if (!options.HasGrains) return;

        builder.Services.AddFleetGrains();
        builder.Services.Configure<PublisherOptions>(publishers => publishers.Keys = PublisherKeys.In(options.Publishers));
        builder.Services.AddHostedService<WakeWhatWaited>();
    }
}
