using System.Diagnostics.Metrics;
using Fleet.Engine.Storage;

namespace Fleet.Engine.Telemetry;

/// <summary>What the database costs, and how much room there is.</summary>
internal sealed class StorageMeter
{
    /// <summary>The meter's name, for whoever exports it.</summary>
    public const string Name = "Fleet.Storage";

    private static readonly InstrumentAdvice<double> Seconds = new() { HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5] };
    private static readonly InstrumentAdvice<int> Sizes = new() { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024] };

    private readonly Histogram<double> duration;
    private readonly Histogram<int> size;
    private long readErrors, writeErrors;

    public StorageMeter(IMeterFactory meters, EngineOptions options)
    {
        var meter = meters.Create(Name);
        var database = Path.Combine(options.DataDirectory, DatabaseFile.Name);
        duration = meter.CreateHistogram("fleet.storage.commit.duration", "s", "How long it took to make a group of writes durable.", advice: Seconds);
        size = meter.CreateHistogram("fleet.storage.commit.size", "{write}", "Writes that were made durable together.", advice: Sizes);
        meter.CreateObservableCounter("fleet.storage.errors", () => new[] { Errors("read", ref readErrors), Errors("write", ref writeErrors) }, "{error}", "Reads, and commits of writes, that the database failed.");
        meter.CreateObservableGauge("fleet.storage.size", () => new[] { Size("database", database), Size("log", $"{database}-wal") }, "By", "How large the database's files are.");
        meter.CreateObservableGauge("fleet.storage.free", () => Disk(options.DataDirectory)?.AvailableFreeSpace ?? 0, "By", "What is free on the data directory's file system.");
        meter.CreateObservableGauge("fleet.storage.capacity", () => Disk(options.DataDirectory)?.TotalSize ?? 0, "By", "How large the data directory's file system is.");
    }

    public void Committed(int writes, TimeSpan took)
    {
        duration.Record(took.TotalSeconds);
        size.Record(writes);
    }

    public void ReadFailed() => Interlocked.Increment(ref readErrors);

    public void WriteFailed() => Interlocked.Increment(ref writeErrors);

    private static Measurement<long> Errors(string operation, ref long count) => new(Volatile.Read(ref count), new KeyValuePair<string, object?>("operation", operation));

    private static Measurement<long> Size(string kind, string path) => new(new FileInfo(path) is { Exists: true } file ? file.Length : 0, new KeyValuePair<string, object?>("file", kind));

    // A directory stands for the file system that it is on.
    private static DriveInfo? Disk(string directory)
    {
        try
        {
            var disk = new DriveInfo(Path.GetFullPath(directory));
            return disk.IsReady ? disk : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }
}
