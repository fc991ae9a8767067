using Fleet.Engine.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Orleans.Dashboard;
using Orleans.Hosting;
using Orleans.Reminders;

namespace Fleet.Engine;

/// <summary>Runs the grains on Microsoft Orleans.</summary>
public static class EngineHosting
{
    /// <summary>Adds the engine: afterwards <see cref="IGrainFactory"/> and <see cref="IClusterClient"/> come from the host's services.</summary>
    public static IHostApplicationBuilder UseFleetEngine(this IHostApplicationBuilder builder, Action<EngineOptions> configure)
    {
        var options = new EngineOptions();
        configure(options);
        builder.Services.AddClocks(options.Time);
        if (options.ClusterDatabase != "" || options.ClusterStorage != "") return ClusterHosting.UseCluster(builder, options);
        if (options.Role != EngineRole.All) throw new StateStoreException("A process that does only a part needs the store of its cluster: give --cluster-database or --cluster-storage.");

        builder.Services.AddEngineStorage(options);
        builder.Services.AddSingleton<IReminderTable, SqliteReminderTable>();
        return builder.UseOrleans(silo => silo
            .UseLocalhostClustering(options.SiloPort, options.GatewayPort, serviceId: "fleet", clusterId: "fleet")
            .AddReminders()
            .AddDashboard()
            .Configure<SiloMessagingOptions>(messaging => (messaging.ResponseTimeout, messaging.CancelRequestOnTimeout) = (options.ResponseTimeout, true))
            .Configure<GrainCollectionOptions>(collection => collection.CollectionAge = options.IdleAge)
            // Fleet has few reminders: all of them stay in memory, and a step of the clock does not pass them by.
            .Configure<ReminderOptions>(reminders => reminders.ReminderLoadingWindow = TimeSpan.FromDays(365)));
    }

    /// <summary>The given clock for all that grains can see; the cluster's own upkeep stays on real time.</summary>
    private static void AddClocks(this IServiceCollection services, TimeProvider time)
    {
        services.AddSingleton(time);
        services.AddKeyedSingleton(KeyedService.AnyKey, (_, _) => TimeProvider.System);
        services.AddKeyedSingleton(TimeProviderNames.Grains, time);
        var waits = time == TimeProvider.System ? time : new StirredClock(time);
        foreach (var area in (string[])[TimeProviderNames.Messaging, TimeProviderNames.ActivationManagement, ReminderTimeProviderNames.Reminders])
            services.AddKeyedSingleton(area, waits);
    }
}
