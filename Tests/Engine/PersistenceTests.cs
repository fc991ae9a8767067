using Fleet.Tests;

namespace Fleet.Engine.Tests;

public sealed class PersistenceTests
{
    [Fact]
    public async Task State_survives_a_crash()
    {
        await using var cluster = await TestCluster.Start();
        await cluster.Grains.GetGrain<ICounterGrain>("a").Add();
        await cluster.Grains.GetGrain<ICounterGrain>("a").Add();

        await cluster.Restart();

        Assert.Equal(2, await cluster.Grains.GetGrain<ICounterGrain>("a").Count());
        Assert.Equal(0, await cluster.Grains.GetGrain<ICounterGrain>("b").Count());
    }
}
