using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Fleet.Engine.Storage;
using Fleet.Tests.Writer;

namespace Fleet.Engine.Tests.Storage;

/// <summary>
/// Power cuts: a file system of its own, on a file, is shut down in the middle of a load, as if its disk had lost the power.
/// What was not synced is gone. FLEET_POWER_CUTS says how many.
/// </summary>
[Collection("processes")]
public sealed class PowerCutTests : StorageTests
{
    // _IOR('X', 125, __u32), and: without flushing the log.
    private const uint Shutdown = 0x8004587D, NoFlush = 2;

    // A process that is started meanwhile must not inherit the file system, or it could not be unmounted: O_CLOEXEC.
    private const int NotInherited = 0x80000;

    private int disks;

    private static int Cuts => int.Parse(Environment.GetEnvironmentVariable("FLEET_POWER_CUTS") ?? "50", CultureInfo.InvariantCulture);

    [Fact]
    public async Task Every_write_that_was_acknowledged_before_a_power_cut_is_there()
    {
        NeedRoot();
        for (var cut = 0; cut < Cuts; cut++) Assert.Equal("", await Cut("load", 50 + (cut * 37 % 400)));
    }

    [Fact]
    public async Task Without_syncing_a_power_cut_loses_writes_or_the_test_would_show_nothing()
    {
        NeedRoot();
        for (var cut = 0; cut < 10; cut++)
        {
            if (await Cut("unsafe", 300) != "") return;
        }

        Assert.Fail("10 power cuts lost nothing of what was never synced");
    }

    private static void NeedRoot()
    {
        if (Environment.GetEnvironmentVariable("CI") != "true") Assert.SkipUnless(Environment.IsPrivilegedProcess, "mounting a file system needs root");
    }

    /// <summary>What is missing after a power cut; empty when nothing is.</summary>
    private async Task<string> Cut(string what, int writes)
    {
        // Files of their own each time: another process that keeps the mount in its name space keeps the old disk, too.
        var (image, after, mount) = (Path.Combine(Directory, $"disk-{++disks}"), Path.Combine(Directory, $"disk-{disks}-after"), Path.Combine(Directory, "mount"));
        System.IO.Directory.CreateDirectory(mount);
        using (var disk = File.Create(image)) disk.SetLength(32 << 20);
        Run("mkfs.ext4", "-q", image);
        Run("mount", "-o", "loop", image, mount);
        Dictionary<string, int> acknowledged;
        try
        {
            acknowledged = await LoadAndCut(what, Path.Combine(mount, "data"), mount, writes);
        }
        finally
        {
            Run("umount", mount);
        }

        // What has its power again is another machine: a copy, of which the kernel remembers nothing from before the cut.
        File.Copy(image, after);
        Run("mount", "-o", "loop", after, mount);
        try
        {
            return await Missing(Path.Combine(mount, "data"), acknowledged);
        }
        finally
        {
            Run("umount", mount);
            File.Delete(image);
            File.Delete(after);
        }
    }

    private static async Task<Dictionary<string, int>> LoadAndCut(string what, string data, string mount, int writes)
    {
        var acknowledged = new Dictionary<string, int>(StringComparer.Ordinal);
        await using var writer = WriterProcess.Start(what, data);
        Assert.Equal("opened", await writer.ReadLine());
        for (var line = 0; line < writes; line++) Note((await writer.ReadLine())!);
        // Whoever lost its power says nothing afterwards; a file system that was shut down may still say that it synced.
        writer.Stop();
        var (root, flags) = (Open(mount, NotInherited), NoFlush);
        Assert.True(root >= 0 && Control(root, Shutdown, ref flags) == 0, $"the file system can't be shut down: error {Marshal.GetLastPInvokeError()}");
        _ = Close(root);
        await writer.Kill();
        foreach (var line in await writer.ReadToEnd()) Note(line);
        return acknowledged;

        void Note(string line)
        {
            if (line.Split(' ') is [var key, var count] && int.TryParse(count, CultureInfo.InvariantCulture, out var number)) acknowledged[key] = number;
        }
    }

    private static async Task<string> Missing(string data, Dictionary<string, int> acknowledged)
    {
        try
        {
            using var database = StateDatabase.Open(data);
            foreach (var (key, count) in acknowledged)
            {
                var record = new GrainState<Counted>();
                await new SqliteGrainStorage(database).ReadStateAsync("counted", GrainId.Create("load", key), record);
                if (record.State!.Count < count) return $"{key} has {record.State!.Count}, but {count} was acknowledged";
            }

            return "";
        }
        catch (StateStoreException error)
        {
            return error.Message;
        }
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}");
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    private static extern int Close(int file);

    [DllImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static extern int Control(int file, nuint request, ref uint flags);
}
