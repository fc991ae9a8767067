using Fleet.Agent.Delivery;
using Fleet.Protocol.V1;

namespace Fleet.Agent.Link;

public sealed class SpoolTests : IDisposable
{
    private const long Plenty = 1 << 20;
    private readonly CapturedLog _log = new();

    public void Dispose() => _log.Dispose();

    [Fact]
    public void What_was_kept_is_there_after_a_restart_with_its_number()
    {
        using var directory = new Temporary();
        using (var spool = Open(directory))
        {
            spool.Add(Step(1));
            spool.Add(Step(2));
            spool.Add(Step(3));
            spool.Acknowledge(1);
        }

        using var again = Open(directory);
        Assert.Equal([2UL, 3UL], Numbers(again));
        Assert.Equal(1UL, again.Acknowledged);
        again.Add(Step(4));
        Assert.Equal(4UL, again.Last);
    }

    [Fact]
    public void Numbers_count_for_ever_also_when_the_file_is_written_anew()
    {
        using var directory = new Temporary();
        const int Many = 800;
        using (var spool = Open(directory))
        {
            for (var step = 1; step <= Many; step++)
            {
                spool.Add(Step(step, detail: 1_000));
                if (step % 100 == 0) spool.Acknowledge(spool.Last);
            }
        }

        Assert.InRange(new FileInfo(FileOf(directory)).Length, 0, 300 << 10);
        using var again = Open(directory);
        Assert.Equal((ulong)Many, again.Last);
        Assert.Equal(0, again.Waiting);
    }

    [Fact]
    public void A_file_cut_anywhere_keeps_every_whole_record_before_the_cut()
    {
        using var whole = new Temporary();
        var ends = new List<long>();
        using (var spool = Open(whole))
        {
            for (var step = 1; step <= 4; step++)
            {
                spool.Add(Step(step));
                ends.Add(new FileInfo(FileOf(whole)).Length);
            }
        }

        var content = File.ReadAllBytes(FileOf(whole));
        for (var length = 0; length <= content.Length; length++)
        {
            using var cut = new Temporary();
            File.WriteAllBytes(FileOf(cut), content[..length]);
            using (var spool = Open(cut))
            {
                Assert.Equal(ends.Count(end => end <= length), spool.Waiting);
                spool.Add(Step(9));
            }

            // What came after the cut is not lost behind it.
            using var again = Open(cut);
            Assert.Equal(ends.Count(end => end <= length) + 1, again.Waiting);
        }
    }

    [Fact]
    public void A_damaged_record_is_told_and_costs_no_other()
    {
        using var whole = new Temporary();
        var ends = new List<long> { 0 };
        using (var spool = Open(whole))
        {
            for (var step = 1; step <= 3; step++)
            {
                spool.Add(Step(step));
                ends.Add(new FileInfo(FileOf(whole)).Length);
            }
        }

        var content = File.ReadAllBytes(FileOf(whole));
        // Each byte of the second record.
        for (var at = ends[1]; at < ends[2]; at++)
        {
            using var damaged = new Temporary();
            var bytes = content.ToArray();
            bytes[at] ^= 0x40;
            File.WriteAllBytes(FileOf(damaged), bytes);
            using (var spool = Open(damaged))
            {
                Assert.Equal([1UL, 3UL], Numbers(spool));
                Assert.Equal(3UL, spool.Last);
            }

            Assert.Contains("damaged", _log.ToString());
            Assert.Equal(bytes, File.ReadAllBytes(FileOf(damaged) + ".damaged"));
            _log.GetStringBuilder().Clear();
            using var again = Open(damaged);
            Assert.Equal([1UL, 3UL], Numbers(again));
            Assert.DoesNotContain("damaged", _log.ToString());
        }
    }

    [Fact]
    public void The_same_step_is_kept_once_while_it_waits()
    {
        using var directory = new Temporary();
        using var spool = Open(directory);
        spool.Add(Step(1));
        spool.Add(Step(1));
        spool.Add(Answer("d1", 10));
        spool.Add(Answer("d1", 10));
        Assert.Equal(2, spool.Waiting);
    }

    [Fact]
    public void Only_the_newest_inventory_of_a_thing_waits_also_after_a_restart()
    {
        using var directory = new Temporary();
        using (var spool = Open(directory))
        {
            spool.Add(Inventory("web", 10));
            spool.Add(Inventory("db", 10));
            spool.Add(Inventory("web", 20));
            Assert.Equal([2UL, 3UL], Numbers(spool));
        }

        using var again = Open(directory);
        Assert.Equal([2UL, 3UL], Numbers(again));
    }

    [Fact]
    public void A_full_spool_drops_inventories_then_answers_and_never_progress()
    {
        using var directory = new Temporary();
        using var spool = Open(directory, limit: 8_000);
        for (var i = 0; i < 10; i++) spool.Add(Answer($"d{i}", 300));
        Assert.True(spool.Add(Inventory("web", 3_000)));
        for (var step = 1; step <= 200; step++) Assert.True(spool.Add(Step(step, detail: 100)));

        var kept = spool.After(0, int.MaxValue);
        Assert.Equal(200, kept.Count);
        Assert.All(kept, fact => Assert.Equal(AgentMessage.BodyOneofCase.Progress, fact.BodyCase));
        Assert.Contains("the spool is full: dropped the Inventory", _log.ToString());
        Assert.False(spool.Add(Answer("late", 10)));
        Assert.False(spool.Add(Inventory("web", 10)));
        spool.Acknowledge(spool.Last);
        Assert.True(spool.Add(Answer("late", 10)));
    }

    [Fact]
    public void A_spool_that_was_lost_counts_on_from_what_the_engine_knows()
    {
        using var directory = new Temporary();
        using (var spool = Open(directory))
        {
            spool.Add(Step(1));
            spool.Add(Step(2));
            spool.Acknowledge(500);
            Assert.Equal([501UL, 502UL], Numbers(spool));
        }

        using var again = Open(directory);
        Assert.Equal([501UL, 502UL], Numbers(again));
        Assert.Equal(502UL, again.Last);
    }

    [Fact]
    public void New_numbers_that_can_not_be_written_down_are_not_used()
    {
        using var directory = new Temporary();
        using (var spool = Open(directory))
        {
            spool.Add(Step(1));
            spool.Add(Step(2));
            Directory.CreateDirectory(FileOf(directory) + ".new"); // in the way of writing aside
            Assert.ThrowsAny<Exception>(() => spool.Acknowledge(500));
            Assert.Equal((2UL, 0UL), (spool.Last, spool.Acknowledged));
            Assert.Equal([1UL, 2UL], Numbers(spool));
            spool.Add(Step(3));
            Directory.Delete(FileOf(directory) + ".new");
            spool.Acknowledge(500);
            Assert.Equal([501UL, 502UL, 503UL], Numbers(spool));
        }

        using var again = Open(directory);
        Assert.Equal([501UL, 502UL, 503UL], Numbers(again));
    }

    [Fact]
    public void A_full_disk_refuses_the_fact_and_keeps_the_others()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess || Environment.GetEnvironmentVariable("CI") == "true", "needs root for a small file system");
        using var directory = new Temporary();
        Shell("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", directory.Path);
        try
        {
            var step = 0;
            using (var spool = Open(directory))
            {
                Assert.ThrowsAny<IOException>(() => Fill(spool, ref step));
                Assert.Equal(step - 1, spool.Waiting);
                // Acknowledged facts make room, and numbers have no hole that a restart would fill again.
                spool.Acknowledge(spool.Last);
                Assert.Equal(0, spool.Waiting);
            }

            using var again = Open(directory);
            Assert.Equal((ulong)(step - 1), again.Last);
        }
        finally
        {
            Shell("umount", directory.Path);
        }
    }

    private static void Fill(Spool spool, ref int step)
    {
        while (true) spool.Add(Step(++step, detail: 2_000));
    }

    internal static AgentMessage Step(long step, int detail = 0, string change = "c1") => Wire.Write(new Progress
    {
        Instance = "web",
        Change = change,
        Directive = "d1",
        Generation = 1,
        Phase = DevicePhase.Applied,
        At = DateTimeOffset.UnixEpoch,
        Step = step,
        Detail = new string('x', detail),
    });

    internal static AgentMessage Inventory(string instance, int size) => new() { Inventory = new() { Instance = instance, Packages = { new string('p', size) } } };

    private static AgentMessage Answer(string directive, int size) => Wire.Write("web", new Delivery.DirectiveAnswer(directive, true, "", new string('y', size)));

    private static List<ulong> Numbers(Spool spool) => [.. spool.After(0, int.MaxValue).Select(fact => fact.Sequence)];

    private static string FileOf(Temporary directory) => Path.Combine(directory.Path, "facts.spool");

    private Spool Open(Temporary directory, long limit = Plenty) => new(directory.Path, limit, new Signal(), _log.Log);

    private static void Shell(string program, params string[] arguments)
    {
        using var process = System.Diagnostics.Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
