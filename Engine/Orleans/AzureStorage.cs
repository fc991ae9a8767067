using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Orleans.Hosting;

namespace Fleet.Engine;

/// <summary>Azure Storage as the cluster's store; compiled with <c>-p:AzureStorage=true</c> alone.</summary>
internal static partial class ClusterHosting
{
    // Tables for membership and reminders, as Orleans has them; blobs for state: an entity of a table ends at 1 MB.
    static partial void UseAzureStorage(ISiloBuilder silo, string connection, ref bool isKnown)
    {
        var tables = new TableServiceClient(connection);
        silo.UseAzureStorageClustering(clustering => clustering.TableServiceClient = tables)
            .UseAzureTableReminderService(reminders => reminders.TableServiceClient = tables)
            .AddAzureBlobGrainStorage(Name, storage =>
            {
                storage.BlobServiceClient = new BlobServiceClient(connection);
                storage.ContainerName = "fleet-state";
                storage.GrainStorageSerializer = new StateSerializer();
            });
        isKnown = true;
    }

    static partial void UseAzureStorage(IClientBuilder client, string connection, ref bool isKnown)
    {
        client.UseAzureStorageClustering(clustering => clustering.TableServiceClient = new TableServiceClient(connection));
        isKnown = true;
    }
}
