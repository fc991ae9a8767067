using Fleet.Engine.Storage;
using Fleet.Engine.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Storage;

namespace Fleet.Engine;

/// <summary>The storage that both engines use.</summary>
internal static class EngineStorage
{
    /// <summary>Adds the database, opened before anything else starts, and the grain storage on it.</summary>
    public static void AddEngineStorage(this IServiceCollection services, EngineOptions options)
    {
        services.AddSingleton(options);
        services.AddMetrics();
        services.AddSingleton<StorageMeter>();
        services.AddSingleton(provider =>
        {
            var database = StateDatabase.Open(options.DataDirectory);
            database.Meter = provider.GetRequiredService<StorageMeter>();
            return database;
        });
        services.AddKeyedSingleton<IGrainStorage>(SqliteGrainStorage.Name, (provider, _) => new SqliteGrainStorage(provider.GetRequiredService<StateDatabase>()));
        services.AddHostedService<Opening>();
    }

    /// <summary>Needs the database before anything else does, so that one which cannot be used is the error that the operator sees.</summary>
    private sealed class Opening : IHostedService
    {
        public Opening(StateDatabase database) => _ = database;

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
