using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Orleans.Dashboard;
using Orleans.Hosting;

namespace Fleet.Engine;

/// <summary>Several processes as one engine: membership, grain state and reminders in PostgreSQL, by Orleans' own providers.</summary>
/// <remarks>The database needs Orleans' own scripts (Main, Clustering with its migration 3.7.0, Persistence, Reminders).</remarks>
internal static class ClusterHosting
{
    private const string Npgsql = "Npgsql";
    private const string Name = "fleet";

    /// <summary>A call to a silo that has died waits for this long; callers ask again.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static IHostApplicationBuilder UseCluster(IHostApplicationBuilder builder, EngineOptions options)
    {
        builder.Services.AddSingleton(options);
        return options.Role == EngineRole.Gateway
            ? builder.UseOrleansClient(client => client
                .Configure<ClusterOptions>(Named)
                .Configure<ClientMessagingOptions>(messaging => messaging.ResponseTimeout = Patience)
                .UseAdoNetClustering(clustering => (clustering.Invariant, clustering.ConnectionString) = (Npgsql, options.ClusterDatabase))
                .AddDashboard())
            : builder.UseOrleans(silo => silo
                .Configure<ClusterOptions>(Named)
                .Configure<EndpointOptions>(endpoint =>
                {
                    (endpoint.SiloPort, endpoint.GatewayPort) = (options.SiloPort, options.GatewayPort);
                    if (options.Address != "") endpoint.AdvertisedIPAddress = IPAddress.Parse(options.Address);
                })
                .Configure<SiloMessagingOptions>(messaging => (messaging.ResponseTimeout, messaging.CancelRequestOnTimeout) = (Patience, true))
                .Configure<GrainCollectionOptions>(collection => collection.CollectionAge = options.IdleAge)
                // A dead silo is noticed after 3 to 6 s; shorter probes have been seen to kill healthy ones.
                .Configure<ClusterMembershipOptions>(membership => (membership.ProbeTimeout, membership.NumMissedProbesLimit) = (TimeSpan.FromSeconds(2), 2))
                .UseAdoNetClustering(clustering => (clustering.Invariant, clustering.ConnectionString) = (Npgsql, options.ClusterDatabase))
                .UseAdoNetReminderService(reminders => (reminders.Invariant, reminders.ConnectionString) = (Npgsql, options.ClusterDatabase))
                .AddAdoNetGrainStorage(Name, storage =>
                {
                    (storage.Invariant, storage.ConnectionString) = (Npgsql, options.ClusterDatabase);
                    storage.GrainStorageSerializer = new StateSerializer();
                })
                .AddDashboard());
    }

    private static void Named(ClusterOptions cluster) => (cluster.ClusterId, cluster.ServiceId) = (Name, Name);
}
