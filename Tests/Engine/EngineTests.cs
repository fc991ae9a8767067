using Fleet.Tests;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Fleet.Engine.Tests;

/// <summary>What the tests of grains on an engine share: gates, a clock that only the test moves, and a cluster.</summary>
public abstract class EngineTests : IAsyncLifetime
{
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    protected Gates Gates { get; } = new();

    protected FakeTimeProvider Time { get; } = new(new DateTimeOffset(2030, 1, 1, 12, 0, 0, TimeSpan.Zero));

    protected TestCluster Cluster { get; private set; } = null!;

    protected IGrainFactory Grains => Cluster.Grains;

    protected string[] Story => [.. Gates.Story];

    public async ValueTask InitializeAsync() => Cluster = await TestCluster.Start(Configure, Time);

    public async ValueTask DisposeAsync()
    {
        await Cluster.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected virtual void Configure(IServiceCollection services) => services.AddSingleton(Gates);

    protected IProbeGrain Probe(string key) => Grains.GetGrain<IProbeGrain>(key);

    /// <summary>How a call failed. A call that is never answered fails the test, also where a timeout is expected of it.</summary>
    protected static async Task<T> Failure<T>(Task call) where T : Exception
    {
        await call.WaitAsync(Patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Assert.True(call.IsCompleted, "The call was not answered.");
        return await Assert.ThrowsAnyAsync<T>(() => call);
    }
}
