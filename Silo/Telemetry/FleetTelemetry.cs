using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Fleet.Silo.Telemetry;

/// <summary>Fleet's own figures, and where they and its traces are sent, if anywhere.</summary>
internal static class FleetTelemetry
{
    /// <summary>The standard settings of OpenTelemetry that name a collector.</summary>
    private static readonly string[] Standard = ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"];
    private const string Protocol = "OTEL_EXPORTER_OTLP_PROTOCOL";
    private const int GrpcPort = 4317;

    /// <summary>Adds the runtime's and Orleans' figures to Fleet's; where a collector is named, sends it figures and traces. Without one, nothing is traced.</summary>
    public static void AddFleetTelemetry(this IHostApplicationBuilder builder, SiloOptions options)
    {
        var version = typeof(FleetTelemetry).Assembly.GetName().Version!.ToString(3);
        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.Clear().AddService("fleet", serviceVersion: version).AddTelemetrySdk().AddEnvironmentVariableDetector())
            .WithMetrics(metrics => metrics.AddMeter("Fleet", "Fleet.*", "System.Runtime", "Microsoft.Orleans"));
        if (options.Otlp == "" && Standard.All(name => string.IsNullOrEmpty(builder.Configuration[name]))) return;

        if (options.HasGrains) builder.Services.AddSingleton<IIncomingGrainCallFilter, GrainSpans>();
        telemetry
            .WithMetrics(metrics => metrics.AddOtlpExporter(exporter => Aim(exporter, "metrics")))
            .WithTracing(tracing => tracing.AddSource("Fleet", "Fleet.*", "Microsoft.AspNetCore").AddOtlpExporter(exporter => Aim(exporter, "traces")));

        // Without the option OpenTelemetry's own settings count, as they are.
        void Aim(OtlpExporterOptions exporter, string signal)
        {
            if (options.Otlp == "") return;
            var collector = new Uri(options.Otlp);
            if (string.IsNullOrEmpty(builder.Configuration[Protocol])) exporter.Protocol = collector.Port == GrpcPort ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
            exporter.Endpoint = exporter.Protocol == OtlpExportProtocol.Grpc ? collector : new Uri($"{options.Otlp.TrimEnd('/')}/v1/{signal}");
        }
    }
}
