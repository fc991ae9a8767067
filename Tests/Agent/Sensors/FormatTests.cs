using System.Text;
using FsCheck.Xunit;

namespace Fleet.Agent.Sensors;

/// <summary>The kernel's formats, from recordings of real machines; and whatever else may stand there instead.</summary>
public sealed class FormatTests
{
    private const string Stat =
        """
        cpu  10132153 290696 3084719 46828483 16683 0 25195 175628 1 0
        cpu0 1393280 32966 572056 13343292 6130 0 17875 23933 0 0
        cpu1 1335600 32910 521012 13409800 5010 0 6000 25000 0 0
        intr 8885917 17 0 0 0
        ctxt 115315
        """;

    private const string NginxMaps =
        """
        5581c8a00000-5581c8a2d000 r--p 00000000 00:35 1573 /usr/sbin/nginx
        5581c8a2d000-5581c8b4a000 r-xp 0002d000 00:35 1573 /usr/sbin/nginx
        7f1d5c000000-7f1d5c400000 r--p 00000000 00:35 901 /usr/lib/locale/C.utf8/LC_CTYPE
        7f1d5ca00000-7f1d5ca5b000 r-xp 000c3000 00:35 1201 /usr/lib/x86_64-linux-gnu/libssl.so.3 (deleted)
        7f1d5cb00000-7f1d5cb01000 r-xp 00000000 00:00 0 [vdso]
        7f1d5cc00000-7f1d5cc26000 r-xp 00001000 00:35 1300 /data/web/slots/3/root/usr/lib/x86_64-linux-gnu/libc.so.6
        7f1d5cd00000-7f1d5cd26000 r-xp 00001000 00:35 1300 /data/web/slots/3/root/usr/lib/x86_64-linux-gnu/libc.so.6
        7f1d5ce00000-7f1d5ce26000 r-xp 00001000 00:35 1301 /usr/lib/a name with spaces.so
        ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 [vsyscall]
        """;

    [Fact]
    public void Busy_is_all_but_idle_and_waiting_for_disks()
    {
        Assert.Equal(new CpuTime(10132153 + 290696 + 3084719 + 25195 + 175628, 2), SystemFormats.Stat(Bytes(Stat)));
        Assert.Equal(new CpuTime(6, 1), SystemFormats.Stat("cpu  1 2 3 4\ncpu0 1 2 3 4\n"u8)); // kernel 2.4 ends there
        Assert.Null(SystemFormats.Stat("cpu  1 2\ncpu0 1 2\n"u8));
    }

    [Fact]
    public void Memory_is_told_in_bytes_and_only_when_the_kernel_says_what_is_available()
    {
        Assert.Equal(new Memory(24684080UL * 1024, 24272908UL * 1024), SystemFormats.Meminfo("MemTotal:       24684080 kB\nMemFree:        24201532 kB\nMemAvailable:   24272908 kB\n"u8));
        Assert.Null(SystemFormats.Meminfo("MemTotal:       24684080 kB\nMemFree:        24201532 kB\n"u8));
        Assert.Null(SystemFormats.Meminfo("MemTotal: 99999999999999999999 kB\nMemAvailable: 1 kB\n"u8));
    }

    [Fact]
    public void Disks_are_summed_as_bytes_over_those_that_count()
    {
        var text =
            """
             254       0 vda 11538 3456 868456 2405 31215 19204 1580994 51287 0 13776 53739 0 0 0 0 4500 47
             254       1 vda1 10000 3456 800000 2405 31215 19204 1500000 51287 0 13776 53739 0 0 0 0 4500 47
               7       0 loop0 12 0 100 1 0 0 0 0 0 4 1 0 0 0 0 0 0
            """;
        Assert.Equal(new Traffic(868456UL * 512, 1580994UL * 512), SystemFormats.Disks(Bytes(text), name => name.SequenceEqual("vda"u8)));
        Assert.Null(SystemFormats.Disks(Bytes(text), _ => false));
    }

    [Fact]
    public void Interfaces_are_summed_over_those_that_count()
    {
        var text =
            """
            Inter-|   Receive                                                |  Transmit
             face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
                lo: 1296    16    0    0    0     0          0         0     1296      16    0    0    0     0       0          0
              eth0:35689743 21417 0 0 0 0 0 0 1043206 12931 0 0 0 0 0 0
            """;
        Assert.Equal(new Traffic(35689743, 1043206), SystemFormats.Interfaces(Bytes(text), name => !name.SequenceEqual("lo"u8)));
    }

    [Fact]
    public void A_command_may_contain_parentheses_and_spaces()
    {
        var stat = ProcessFormats.Stat("42 (a (b) c) S 1 42 42 0 -1 4194304 100 0 0 0 12 34 0 0 20 0 1 0 5555 4096000 321 18446744073709551615 1"u8);
        Assert.Equal(new ProcessStat("a (b) c", 46, 5555, 321), stat);
        Assert.Null(ProcessFormats.Stat("42 (cut"u8));
    }

    [Fact]
    public void Mapped_are_programs_and_libraries_as_the_service_sees_them()
    {
        var files = new SortedSet<string>(StringComparer.Ordinal);
        ProcessFormats.MappedFiles(Bytes(NginxMaps), "/data/web/slots/3/root"u8, files);
        Assert.Equal(["/usr/lib/a name with spaces.so", "/usr/lib/x86_64-linux-gnu/libc.so.6", "/usr/lib/x86_64-linux-gnu/libssl.so.3", "/usr/sbin/nginx"], files);
    }

    [Fact]
    public void Titles_end_at_the_first_argument()
    {
        Assert.Equal("nginx: master process /usr/sbin/nginx -g daemon off;", ProcessFormats.Title("nginx: master process /usr/sbin/nginx -g daemon off;\0"u8));
        Assert.Equal("/usr/bin/redis-server", ProcessFormats.Title("/usr/bin/redis-server\0--requirepass\0secret\0"u8));
        Assert.Equal("", ProcessFormats.Title(default));
    }

    [Fact]
    public void Cgroups_of_both_versions_say_the_same_in_their_own_words()
    {
        Assert.Equal(12.345678901, CgroupFormats.CpuV1("12345678901\n"u8)!.Value, 9);
        Assert.Equal(12.345678, CgroupFormats.CpuV2("usage_usec 12345678\nuser_usec 1\nsystem_usec 2\n"u8)!.Value, 6);
        Assert.Null(CgroupFormats.MemoryLimit("9223372036854771712\n"u8));
        Assert.Null(CgroupFormats.MemoryLimit("max\n"u8));
        Assert.Equal(268435456UL, CgroupFormats.MemoryLimit("268435456\n"u8));
        Assert.Equal(new Traffic(4096, 8192), CgroupFormats.DisksV1("254:0 Read 4096\n254:0 Write 8192\n254:0 Sync 0\n254:0 Async 12288\n254:0 Total 12288\nTotal 12288\n"u8));
        Assert.Equal(default(Traffic), CgroupFormats.DisksV1("Total 0\n"u8));
        Assert.Equal(new Traffic(4100, 8192), CgroupFormats.DisksV2("254:0 rbytes=4096 wbytes=8192 rios=1 wios=2 dbytes=0 dios=0\n254:16 rbytes=4 wbytes=0\n"u8));
        Assert.Equal(default(Traffic), CgroupFormats.DisksV2(default));
    }

    [Fact]
    public void Hierarchies_are_found_however_they_are_mixed()
    {
        var hybrid = CgroupMounts.Parse(
            """
            31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
            32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct
            35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory
            40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd
            41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
            """);
        Assert.Equal("/sys/fs/cgroup/unified", hybrid.Unified);
        Assert.Equal("/sys/fs/cgroup/cpu,cpuacct", hybrid.Controllers["cpuacct"]);
        Assert.Equal(["cpu", "cpuacct", "memory"], hybrid.Controllers.Keys);

        var unified = CgroupMounts.Parse("29 23 0:26 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:4 - cgroup2 cgroup2 rw,nsdelegate");
        Assert.Equal("/sys/fs/cgroup", unified.Unified);
        Assert.Empty(unified.Controllers);
    }

    [Fact]
    public void Names_of_systems_may_be_quoted()
    {
        var os = OsRelease.Parse("PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\nVERSION_ID='12'\n# a comment\nODD=\"a \\\"b\\\"\"\n=x\n");
        Assert.Equal("Debian GNU/Linux 12 (bookworm)", os["PRETTY_NAME"]);
        Assert.Equal(("debian", "12", "a \"b\""), (os["ID"], os["VERSION_ID"], os["ODD"]));
    }

    [Property(MaxTest = 2000)]
    public void Whatever_stands_there_nothing_throws(byte[] noise, int at, int seed)
    {
        // Noise alone is seldom near a format, so real text is cut and dirtied with it too.
        var real = Bytes(new[] { Stat, NginxMaps, "42 (a) S 1 42 42 0 -1 4194304 100 0 0 0 12 34 0 0 20 0 1 0 5555 4096000 321 1", "usage_usec 5\nrbytes=1", "8:0 Read 4\nTotal 4" }[(uint)seed % 5]);
        var cut = (int)((uint)at % (uint)real.Length);
        foreach (var text in (byte[][])[noise ?? [], [.. real.AsSpan(..cut), .. noise ?? [], .. real.AsSpan(cut..)]])
        {
            SystemFormats.Stat(text);
            SystemFormats.Meminfo(text);
            SystemFormats.Load(text);
            SystemFormats.Disks(text, _ => true);
            SystemFormats.Interfaces(text, _ => true);
            ProcessFormats.Stat(text);
            ProcessFormats.Title(text);
            ProcessFormats.MappedFiles(text, noise, new HashSet<string>());
            ProcessFormats.Pids(text, []);
            CgroupFormats.CpuV1(text);
            CgroupFormats.CpuV2(text);
            CgroupFormats.MemoryLimit(text);
            CgroupFormats.DisksV1(text);
            CgroupFormats.DisksV2(text);
            CgroupMounts.Parse(Encoding.UTF8.GetString(text));
            OsRelease.Parse(Encoding.UTF8.GetString(text));
        }
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
