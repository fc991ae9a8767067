using System.Net;
using System.Net.Sockets;
using Fleet.Engine;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;

namespace Fleet.Tests;

/// <summary>Real grains on the engine that this build has chosen, in this process, with a data directory of their own.</summary>
public sealed class TestCluster : IAsyncDisposable
{
    private readonly Action<IServiceCollection>? configureServices;
    private readonly Action<EngineOptions> configureEngine;
    private readonly string? ownDirectory;
    private IHost? host;

    private TestCluster(Action<IServiceCollection>? configureServices, TimeProvider? time, string? dataDirectory, Action<EngineOptions>? configureEngine)
    {
        this.configureServices = configureServices;
        ownDirectory = dataDirectory is null ? Directory.CreateTempSubdirectory("fleet-test-").FullName : null;
        DataDirectory = dataDirectory ?? ownDirectory!;
        this.configureEngine = options =>
        {
            options.DataDirectory = DataDirectory;
            options.Time = time ?? TimeProvider.System;
            (options.SiloPort, options.GatewayPort) = FreePorts();
            configureEngine?.Invoke(options);
        };
    }

    /// <summary>The way to the grains.</summary>
    public IGrainFactory Grains => Services.GetRequiredService<IGrainFactory>();

    /// <summary>The services of the host that runs now; another set after a restart.</summary>
    public IServiceProvider Services => host?.Services ?? throw new InvalidOperationException("The cluster does not run.");

    /// <summary>Where state is kept.</summary>
    public string DataDirectory { get; }

    /// <summary>Starts a cluster; what is not given is the system's clock and a directory that goes away with the cluster.</summary>
    public static async Task<TestCluster> Start(
        Action<IServiceCollection>? configureServices = null,
        TimeProvider? time = null,
        string? dataDirectory = null,
        Action<EngineOptions>? configureEngine = null)
    {
        var cluster = new TestCluster(configureServices, time, dataDirectory, configureEngine);
        await cluster.StartHost();
        return cluster;
    }

    /// <summary>Ends the host as a crash would, without a graceful deactivation: both engines take a stop that has no time left so.</summary>
    public async Task Crash()
    {
        if (host is null) return;
        await host.StopAsync(new CancellationToken(canceled: true));
        await ((IAsyncDisposable)host).DisposeAsync();
        host = null;
    }

    /// <summary>Ends the host in order, as a deployment does: grains fall asleep.</summary>
    public async Task Stop()
    {
        if (host is null) return;
        await host.StopAsync();
        await ((IAsyncDisposable)host).DisposeAsync();
        host = null;
    }

    /// <summary>Crashes, unless that is done, and starts another host on the same data.</summary>
    public async Task Restart()
    {
        await Crash();
        await StartHost();
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await Crash();
        if (ownDirectory is not null) Directory.Delete(ownDirectory, recursive: true);
    }

    private async Task StartHost()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { EnvironmentName = Environments.Development });
        builder.UseFleetEngine(configureEngine);
        configureServices?.Invoke(builder.Services);
        var started = builder.Build();
        try
        {
            await started.StartAsync();
            host = started;
        }
        catch
        {
            await ((IAsyncDisposable)started).DisposeAsync();
            throw;
        }
    }

    /// <summary>Two ports that nobody listens on: Orleans can't be asked to choose its own.</summary>
    public static (int Silo, int Gateway) FreePorts()
    {
        using var silo = new TcpListener(IPAddress.Loopback, 0);
        using var gateway = new TcpListener(IPAddress.Loopback, 0);
        silo.Start();
        gateway.Start();
        return (((IPEndPoint)silo.LocalEndpoint).Port, ((IPEndPoint)gateway.LocalEndpoint).Port);
    }
}
