using Fleet.Engine;
using Fleet.Gateway;
using Fleet.Silo;
using Microsoft.Extensions.Diagnostics.HealthChecks;

[assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]

return await Starting.OrSayWhyNot(args, async configuration =>
{
    var options = SiloOptions.Read(configuration);
    if (!options.HasDoors)
    {
        await Starting.Silo(configuration, options);
        return;
    }

    // All that configures it is told to it: no file of the working directory is read, and none is watched.
    var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
    {
        ContentRootPath = AppContext.BaseDirectory,
        Args = ["--hostBuilder:reloadConfigOnChange=false"],
    });
    builder.Configuration.AddConfiguration(configuration);
    builder.WebHost.UseKestrelHttpsConfiguration();
    builder.AddFleet(options);
    builder.Services.AddFleetGateway(options.Gateway(), TimeProvider.System);
    if (options.HasGrains) builder.Services.AddHealthChecks().AddCheck<StorageAnswers>("storage", HealthStatus.Unhealthy);

    await using var engine = builder.Build();
    engine.MapFleetGateway();
    engine.MapEngineDashboard()?.ForOperators();
    await engine.StartAsync();
    Starting.Ready(engine);
    await engine.WaitForShutdownAsync();
});
