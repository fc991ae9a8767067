using Fleet.Engine.Storage;

namespace Fleet.Bench.Storage;

/// <summary>Grain state on SQLite against what the disk itself can do: a write counts when it is durable.</summary>
internal static class StorageArea
{
    /// <summary>Group commit must make one sync serve at least so many writes when 64 write at once.</summary>
    private const int WritesPerSync = 4;

    // Disk and database take turns in short slices, and the best slice counts: whatever else loads the machine can only take away.
    private const int Rounds = 20;
    private static readonly TimeSpan Slice = TimeSpan.FromSeconds(0.3);

    /// <summary>About 40 s.</summary>
    public static async Task<IReadOnlyCollection<Row>> Run(string[] arguments)
    {
        // Beside the program: /tmp may be in memory.
        var directory = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "storage-bench"));
        try
        {
            using var disk = new DiskRate(Path.Combine(directory.FullName, "pages"));
            using var database = StateDatabase.Open(Path.Combine(directory.FullName, "data"));
            var load = new Load(database);
            await load.WritesPerSecond(500, TimeSpan.FromSeconds(1));

            var (alone, syncs, one, many, most, reads) = (new List<double>(), new List<double>(), new List<double>(), new List<double>(), new List<double>(), new List<double>());
            for (var round = 0; round < Rounds; round++)
            {
                alone.Add(disk.PerSecond(Slice, ahead: true));
                syncs.Add(disk.PerSecond(Slice, ahead: false));
                one.Add(await load.WritesPerSecond(1, Slice));
                many.Add(await load.WritesPerSecond(64, Slice));
                most.Add(await load.WritesPerSecond(500, Slice));
                reads.Add(await load.ReadsPerSecond(Environment.ProcessorCount, Slice));
            }

            var rate = alone.Max();
            return
            [
                new("storage", "the disk alone: write 4 KB and fdatasync, ahead of all other processes", rate, "1/s", Better.High),
                new("storage", "write 4 KB and fdatasync, as one process among others", syncs.Max(), "1/s", Better.High, rate),
                new("storage", "write 2 KB, 1 writer", one.Max(), "1/s", Better.High, rate),
                new("storage", "write 2 KB, 64 writers", many.Max(), "1/s", Better.High, rate, WritesPerSync * rate),
                new("storage", "write 2 KB, 64 writers, median slice beside the median of one process's fdatasync", Median(many), "1/s", Better.High, Median(syncs)),
                new("storage", "write 2 KB, 500 writers", most.Max(), "1/s", Better.High, rate),
                new("storage", "read 2 KB, a reader per core", reads.Max(), "1/s", Better.High),
            ];
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static double Median(List<double> figures) => figures.Order().ElementAt(figures.Count / 2);
}
