using System.Net;
using Fleet.Engine.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Orleans.Dashboard;
using Orleans.Hosting;

namespace Fleet.Engine;

/// <summary>Several processes as one engine: membership, grain state and reminders in PostgreSQL or Azure Storage, by Orleans' own providers.</summary>
/// <remarks>PostgreSQL needs Orleans' own scripts (Main, Clustering with its migration 3.7.0, Persistence, Reminders).</remarks>
internal static partial class ClusterHosting
{
    private const string Npgsql = "Npgsql";
    private const string Name = "fleet";

    /// <summary>A call to a silo that has died waits for this long; callers ask again.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static IHostApplicationBuilder UseCluster(IHostApplicationBuilder builder, EngineOptions options)
    {
        if (options is { ClusterDatabase: not "", ClusterStorage: not "" }) throw new StateStoreException("A cluster has one store: give --cluster-database or --cluster-storage.");
        builder.Services.AddSingleton(options);
        return options.Role == EngineRole.Gateway
            ? builder.UseOrleansClient(client => client
                .Configure<ClusterOptions>(Named)
                .Configure<ClientMessagingOptions>(messaging => messaging.ResponseTimeout = Patience)
                .UseStore(options)
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
                .UseStore(options)
                .AddDashboard());
    }

    private static ISiloBuilder UseStore(this ISiloBuilder silo, EngineOptions options)
    {
        if (options.ClusterStorage != "")
        {
            var isKnown = false;
            UseAzureStorage(silo, options.ClusterStorage, ref isKnown);
            return isKnown ? silo : throw NotBuilt;
        }

        return silo
            .UseAdoNetClustering(clustering => (clustering.Invariant, clustering.ConnectionString) = (Npgsql, options.ClusterDatabase))
            .UseAdoNetReminderService(reminders => (reminders.Invariant, reminders.ConnectionString) = (Npgsql, options.ClusterDatabase))
            .AddAdoNetGrainStorage(Name, storage =>
            {
                (storage.Invariant, storage.ConnectionString) = (Npgsql, options.ClusterDatabase);
                storage.GrainStorageSerializer = new StateSerializer();
            });
    }

    private static IClientBuilder UseStore(this IClientBuilder client, EngineOptions options)
    {
        if (options.ClusterStorage != "")
        {
            var isKnown = false;
            UseAzureStorage(client, options.ClusterStorage, ref isKnown);
            return isKnown ? client : throw NotBuilt;
        }

        return client.UseAdoNetClustering(clustering => (clustering.Invariant, clustering.ConnectionString) = (Npgsql, options.ClusterDatabase));
    }

    /// <summary>A silo on Azure Storage; does nothing in a build without it.</summary>
    static partial void UseAzureStorage(ISiloBuilder silo, string connection, ref bool isKnown);

    /// <summary>A gateway on Azure Storage; does nothing in a build without it.</summary>
    static partial void UseAzureStorage(IClientBuilder client, string connection, ref bool isKnown);

    private static StateStoreException NotBuilt => new("This engine was built without Azure Storage: build with -p:Engine=Orleans -p:AzureStorage=true.");

    private static void Named(ClusterOptions cluster) => (cluster.ClusterId, cluster.ServiceId) = (Name, Name);
}
