using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Fleet.Bench.Storage;

/// <summary>How often per second this disk makes a page durable: the most that a database with one commit per write could do.</summary>
internal sealed partial class DiskRate : IDisposable
{
    private const int Page = 4096;
    private const int Pages = 256;
    private const int FirstInFirstOut = 1;

    private readonly SafeFileHandle file;
    private readonly byte[] page = new byte[Page];
    private int next;

    /// <summary>The file has all its blocks before the measurement: a log that is written again and again pays for no new ones either.</summary>
    public DiskRate(string path)
    {
        file = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite);
        for (var i = 0; i < Pages; i++) Write();
        Sync();
    }

    public void Dispose() => file.Dispose();

    /// <summary>Writes and syncs, one page at a time, for this long, on a thread of its own.</summary>
    /// <param name="time">How long.</param>
    /// <param name="ahead">Whether to run ahead of everything else, as only root may: on a loaded machine the wait for a core is else most of what is measured.</param>
    public double PerSecond(TimeSpan time, bool ahead)
    {
        var rate = 0.0;
        var thread = new Thread(() =>
        {
            if (ahead) _ = SetScheduler(0, FirstInFirstOut, 1);
            rate = Measure(time);
        });
        thread.Start();
        thread.Join();
        return rate;
    }

    private double Measure(TimeSpan time)
    {
        var clock = Stopwatch.StartNew();
        var count = 0;
        for (; clock.Elapsed < time; count++)
        {
            Random.Shared.NextBytes(page);
            Write();
            Sync();
        }

        return count / clock.Elapsed.TotalSeconds;
    }

    private void Write() => RandomAccess.Write(file, page, (long)(next++ % Pages) * Page);

    private void Sync()
    {
        if (Synchronize(file) != 0) throw new IOException($"fdatasync failed with {Marshal.GetLastPInvokeError()}");
    }

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int Synchronize(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "sched_setscheduler")]
    private static partial int SetScheduler(int thread, int policy, in int priority);
}
