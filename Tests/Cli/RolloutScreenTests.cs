using Fleet.Fakes;
using Fleet.Protocol.V1;
using FsCheck.Xunit;
using Spectre.Console;

namespace Fleet.Cli;

public sealed class RolloutScreenTests
{
    private const string HideCursor = "\u001b[?25l", ShowCursor = "\u001b[?25h";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_terminal_shows_each_state_in_the_place_of_the_one_before_and_the_end_below()
    {
        await using var engine = await FakeEngine.Start();
        engine.Fleet.Set(RolloutSample.First());
        using var fleet = new CommandLine { Columns = 120 }.At(engine);

        var watching = fleet.Run("rollout watch r1", Cancel);
        await engine.Fleet.WatchBegan.WaitAsync(Cancel);
        engine.Fleet.Set(RolloutSample.Second());
        engine.Fleet.Set(RolloutSample.Succeeded());

        Assert.Equal(Exit.Good, await watching);
        var shown = fleet.Out[..fleet.Out.IndexOf(ShowCursor, StringComparison.Ordinal)];
        Assert.StartsWith(HideCursor, shown);
        Assert.Equal(["1 dispatched", "1/1", "3/3"], new[] { "1 dispatched", "1/1", "3/3" }.OrderBy(said => shown.IndexOf(said, StringComparison.Ordinal)));
        Assert.True(shown.Split("wave 3").Length > 3);
        Assert.DoesNotContain("requested", shown);
        Assert.Contains("2026-05-04 12:00:30Z, after 30.0 s", fleet.Out[shown.Length..]);
    }

    [Fact]
    public async Task Time_goes_on_while_nothing_happens()
    {
        await using var engine = await FakeEngine.Start();
        engine.Fleet.Set(RolloutSample.First());
        using var fleet = new CommandLine { Columns = 120 }.At(engine);
        var (begun, ticked) = (new TaskCompletionSource(), new TaskCompletionSource());
        fleet.Said = text =>
        {
            if (text.Contains("  0s")) begun.TrySetResult();
            if (text.Contains("  1s")) ticked.TrySetResult();
        };

        var watching = fleet.Run("rollout watch r1", Cancel);
        await begun.Task.WaitAsync(Cancel);
        fleet.Time.Advance(TimeSpan.FromSeconds(1));
        await ticked.Task.WaitAsync(Cancel);
        engine.Fleet.Set(RolloutSample.Succeeded());

        Assert.Equal(Exit.Good, await watching);
    }

    [Fact]
    public void A_picture_says_phase_reason_and_waves() => Golden.Equal(
        """
        r1  web/libssl3-fix  halted  1m5s
          1 of 1 failed, more than 0
          wave 1  xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx 0/1  1 failed
          wave 2  ······························ 0/1
          wave 3  ······························ 0/3
        """, Drawn(RolloutSample.Halted()));

    [Fact]
    public void Each_kind_has_its_share_of_the_bar_and_a_glyph_of_its_own() => Golden.Equal(
        """
        r1  web/libssl3-fix  dispatching  1m5s
          wave 1  ██████████▒▒▒▒▒xxxxx---------- 2/6  1 dispatched, 2 waiting, 1 failed
        """, Drawn(Wave(new TargetCounts { Verified = 2, Dispatched = 1, Failed = 1, Waiting = 2 })));

    [Fact]
    public void One_of_many_is_still_seen() => Assert.Contains(
        "█x·", Drawn(Wave(new TargetCounts { Verified = 998, Failed = 1, Pending = 1 }, size: 1000)));

    [Property]
    public bool All_shares_together_fill_the_bar_exactly(ushort verified, ushort dispatched, ushort failed, ushort offline, ushort pending) =>
        RolloutScreen.Parts(new WaveStatus { Counts = new TargetCounts { Verified = verified, Dispatched = dispatched, Failed = failed, Offline = offline, Pending = pending } })
            .ToArray() is var parts && parts.Sum(p => p.Length) == 30 && parts.All(p => p.Length > 0);

    private static Rollout Wave(TargetCounts counts, uint size = 6) => new()
    {
        Id = "r1",
        Spec = new RolloutSpec { Image = "web", Patch = "libssl3-fix" },
        Phase = RolloutPhase.Dispatching,
        Wave = 1,
        Requested = Sample.At(0),
        Waves = { new WaveStatus { Number = 1, Size = size, Counts = counts } },
    };

    private static string Drawn(Rollout rollout)
    {
        using var text = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(text), Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors });
        console.Profile.Width = 120;
        console.Write(RolloutScreen.Frame(rollout, CommandLine.Noon.AddSeconds(65)));
        return text.ToString();
    }
}
