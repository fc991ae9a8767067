using Fleet;
using Fleet.Engine;
using Fleet.Gateway;
using Fleet.Images;
using Fleet.Silo;
using Microsoft.Extensions.Diagnostics.HealthChecks;

[assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]

return await Starting.OrSayWhyNot(args, async configuration =>
{
    var options = SiloOptions.Read(configuration);
    var builder = WebApplication.CreateSlimBuilder();
    builder.Configuration.AddConfiguration(configuration);
    builder.WebHost.UseKestrelHttpsConfiguration();
    builder.Logging.AddFleetLogs();
    builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(4));

    builder.UseFleetEngine(engine => engine.DataDirectory = options.Data);
    builder.Services.AddFleetGrains();
    builder.Services.Configure<PublisherOptions>(publishers => publishers.Keys = PublisherKeys.In(options.Publishers));
    builder.Services.AddFleetGateway(options.Gateway(), TimeProvider.System);
    builder.Services.AddHealthChecks().AddCheck<StorageAnswers>("storage", HealthStatus.Unhealthy);
    builder.Services.AddHostedService<WakeWhatWaited>();

    await using var engine = builder.Build();
    engine.MapFleetGateway();
    await engine.StartAsync();
    Starting.Ready(engine);
    await engine.WaitForShutdownAsync();
});
