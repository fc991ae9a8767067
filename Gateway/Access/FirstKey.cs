using Fleet.Access;
using Microsoft.Extensions.Hosting;

namespace Fleet.Gateway.Access;

/// <summary>
/// Gives the first administrator a key at the first start. It is shown before it is stored: a crash between the two leaves a
/// shown key that doesn't work and a next start that shows another, rather than a stored key that nobody has seen.
/// </summary>
internal sealed class FirstKey(IGrainFactory grains, TextWriter output) : IHostedLifecycleService
{
    private const string Id = "admin";

    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        var grain = grains.OperatorKey(Id);
        if (await grain.Find() is not null) return;

        var key = KeySecret.Make(Id);
        await output.WriteLineAsync($"Administrator key, shown this once: {key}");
        await output.FlushAsync(cancellationToken);
        if (!await grain.Create(new OperatorKey(OperatorKeys.Administrator, key.Hash, OperatorKeys.Administrator)))
            await output.WriteLineAsync("Another engine stored its administrator key first: use that one.");
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
