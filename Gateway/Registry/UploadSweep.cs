using Fleet.Images;
using Microsoft.Extensions.Hosting;

namespace Fleet.Gateway.Registry;

/// <summary>Removes what uploads left that an earlier run never completed. Only after the data directory is known to be ours alone.</summary>
internal sealed class UploadSweep(ContentStore content) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        content.Sweep();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
