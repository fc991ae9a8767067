using Fleet.Fakes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Fleet.Client;

public sealed class SetupTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_service_gets_one_client_from_its_configuration()
    {
        await using var engine = await FakeEngine.Start();
        using var files = new Files(engine);
        using var host = Host(services => services.AddFleetClient(), new()
        {
            ["FleetClient:Engine"] = $"{engine.Address}",
            ["FleetClient:KeyFile"] = files.Key,
            ["FleetClient:AuthorityFile"] = files.Authority,
            ["FleetClient:Timeout"] = "00:00:07",
            ["FleetClient:Attempts"] = "2",
        });

        var client = host.Services.GetRequiredService<FleetClient>();

        Assert.True((await client.Audit.Verify(Cancel)).Valid);
        Assert.Same(client, host.Services.GetRequiredService<FleetClient>());
        var options = host.Services.GetRequiredService<IOptions<FleetClientOptions>>().Value;
        Assert.Equal((TimeSpan.FromSeconds(7), 2), (options.Timeout, options.Attempts));
    }

    [Fact]
    public async Task What_the_program_says_comes_after_the_configuration()
    {
        await using var engine = await FakeEngine.Start();
        using var host = Host(
            services => services.AddFleetClient(options => (options.Key, options.Authority) = (FakeEngine.Key, engine.Authority.Certificate)),
            new() { ["FleetClient:Engine"] = $"{engine.Address}", ["FleetClient:Key"] = "another" });

        Assert.True((await host.Services.GetRequiredService<FleetClient>().Audit.Verify(Cancel)).Valid);
    }

    [Fact]
    public async Task Several_engines_are_told_apart_by_name()
    {
        await using var west = await FakeEngine.Start();
        await using var east = await FakeEngine.Start();
        using var host = Host(
            services => services
                .AddFleetClient("west", options => options.Authority = west.Authority.Certificate)
                .AddFleetClient("east", options => options.Authority = east.Authority.Certificate),
            new()
            {
                ["FleetClient:west:Engine"] = $"{west.Address}", ["FleetClient:west:Key"] = FakeEngine.Key,
                ["FleetClient:east:Engine"] = $"{east.Address}", ["FleetClient:east:Key"] = FakeEngine.Key,
            });

        await host.Services.GetRequiredKeyedService<FleetClient>("east").Audit.Verify(Cancel);

        Assert.Empty(west.Calls);
        Assert.Single(east.Calls);
    }

    [Fact]
    public async Task A_host_does_not_start_with_options_that_cannot_work_and_says_all_that_is_wrong()
    {
        using var host = Host(services => services.AddFleetClient(options => options.Attempts = 0), new()
        {
            ["FleetClient:Engine"] = "http://engine:8443",
            ["FleetClient:Timeout"] = "00:00:00",
        });

        var failure = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(Cancel));

        Assert.Contains("must begin with https://", failure.Message);
        Assert.Contains("give the operator key", failure.Message);
        Assert.Contains("Timeout", failure.Message);
        Assert.Contains("Attempts", failure.Message);
    }

    [Theory]
    [InlineData(null, "k", null, "the engine's address is missing")]
    [InlineData("https://engine", null, null, "give the operator key")]
    [InlineData("https://engine", " ", null, "give the operator key")]
    [InlineData("https://engine", "k", "file", "one of them")]
    public void A_client_refuses_what_cannot_work(string? engine, string? key, string? keyFile, string said) => Assert.Contains(
        said, Assert.Throws<ArgumentException>(() => new FleetClient(new FleetClientOptions { Engine = engine is null ? null : new Uri(engine), Key = key, KeyFile = keyFile })).Message);

    [Fact]
    public void Without_a_configuration_the_program_says_it_all()
    {
        using var services = new ServiceCollection().AddFleetClient(options => (options.Engine, options.Key) = (new Uri("https://engine"), "k")).BuildServiceProvider();

        Assert.NotNull(services.GetRequiredService<FleetClient>().Rollouts);
    }

    private static IHost Host(Action<IServiceCollection> add, Dictionary<string, string?> settings)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(settings);
        add(builder.Services);
        return builder.Build();
    }

    private sealed class Files : IDisposable
    {
        private readonly string _directory = Directory.CreateTempSubdirectory("fleet-client-").FullName;

        public Files(FakeEngine engine)
        {
            File.WriteAllText(Key, $"{FakeEngine.Key}\n");
            File.WriteAllText(Authority, engine.Authority.Certificate.ExportCertificatePem());
        }

        public string Key => Path.Combine(_directory, "key");

        public string Authority => Path.Combine(_directory, "ca.pem");

        public void Dispose() => Directory.Delete(_directory, recursive: true);
    }
}
