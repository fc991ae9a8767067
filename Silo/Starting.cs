using System.Data.Common;
using Fleet.Engine.Storage;
using Fleet.Gateway;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace Fleet.Silo;

/// <summary>Says in one sentence why the engine can't start, and when it has.</summary>
internal static class Starting
{
    private const int UsageError = 64;
    private const int CanNotStart = 1;

    private static bool ready;

    /// <summary>Runs the engine; the result is the process's exit code.</summary>
    public static async Task<int> OrSayWhyNot(string[] arguments, Func<IConfiguration, Task> run)
    {
        if (arguments is ["--help" or "-h" or "-?"])
        {
            Console.WriteLine(CommandLine.Usage);
            return 0;
        }

        try
        {
            await run(CommandLine.Read(arguments));
            return 0;
        }
        catch (UsageException e)
        {
            await Console.Error.WriteLineAsync($"{e.Message}\n{CommandLine.Usage}");
            return UsageError;
        }
        catch (Exception e) when (!ready && Reason(e) is { } reason)
        {
            await Console.Error.WriteLineAsync($"Fleet's engine can't start. {reason}");
            return CanNotStart;
        }
    }

    /// <summary>Runs a silo of a cluster: grains, and no door.</summary>
    public static async Task Silo(IConfiguration configuration, SiloOptions options)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { EnvironmentName = Environments.Production });
        builder.Configuration.AddConfiguration(configuration);
        builder.AddFleet(options);
        using var silo = builder.Build();
        await silo.StartAsync();
        ready = true;
        Console.WriteLine($"Fleet's silo is ready: other silos on port {options.SiloPort}, gateways on {options.SiloGatewayPort}.");
        await silo.WaitForShutdownAsync();
    }

    /// <summary>Says where the engine is reached: with port 0 nobody knows otherwise.</summary>
    public static void Ready(WebApplication engine)
    {
        ready = true;
        var ports = engine.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Select(a => new Uri(a).Port).ToArray();
        Console.WriteLine($"Fleet's engine is ready: API on port {ports[0]}, agents on {ports[1]}, enrolment on {ports[2]}.");
    }

    /// <summary>One JSON object for each line, on the error stream: standard output is for people.</summary>
    public static void AddFleetLogs(this ILoggingBuilder logging)
    {
        logging.ClearProviders().AddJsonConsole(json => (json.IncludeScopes, json.UseUtcTimestamp, json.TimestampFormat) = (true, true, "yyyy-MM-ddTHH:mm:ss.fffZ"));
        logging.Configure(factory => factory.ActivityTrackingOptions = ActivityTrackingOptions.TraceId | ActivityTrackingOptions.SpanId);
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        logging.SetMinimumLevel(LogLevel.Information);
        foreach (var library in (string[])["Grpc", "Orleans", "Polly", "System"]) logging.AddFilter(library, LogLevel.Warning);
        // Why it can't start is said in one sentence, and not in stack traces beside it.
        logging.AddFilter("Microsoft", level => ready && level >= LogLevel.Warning);
    }

    private static string? Reason(Exception e) => e switch
    {
        StartException or StateStoreException => e.Message,
        OptionsValidationException options => string.Join(" ", options.Failures),
        IOException or UnauthorizedAccessException => e.Message,
        DbException => $"The cluster's database can't be used, docs/cluster.md says how it is made: {e.Message.ReplaceLineEndings(" ")}",
        AggregateException many => many.InnerExceptions.Select(Reason).FirstOrDefault(reason => reason is not null),
        _ => e.InnerException is { } inner ? Reason(inner) : null,
    };
}
