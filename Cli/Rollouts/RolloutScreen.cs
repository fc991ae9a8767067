using Fleet.Protocol.V1;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Fleet.Cli;

/// <summary>A rollout on a terminal as it goes: its phase, and a bar for each wave.</summary>
internal static class RolloutScreen
{
    private const int BarWidth = 30;

    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    // Each kind has a glyph of its own: colour repeats what is said already.
    private static readonly (Func<TargetCounts, uint> Count, char Glyph, Color Colour)[] Kinds =
    [
        (c => c.Verified, '█', Color.Green),
        (c => c.Dispatched, '▒', Color.Yellow),
        (c => c.RollingBack, '<', Color.Yellow),
        (c => c.RolledBack, '«', Color.Red),
        (c => c.Failed, 'x', Color.Red),
        (c => c.NeedsHuman, '!', Color.Red),
        (c => c.Offline, '?', Color.Red),
        (c => c.Waiting, '-', Color.Grey),
        (c => c.Pending + c.Untouched, '·', Color.Grey),
    ];

    /// <summary>Shows each state in the place of the one before, until it is over; then the place is empty again.</summary>
    public static Task<Rollout> Show(Printer printer, IAsyncEnumerable<Rollout> states, TimeProvider time, CancellationToken cancel) => printer.Live(async draw =>
    {
        await using var watch = states.GetAsyncEnumerator(cancel);
        using var second = new PeriodicTimer(Tick, time);
        Rollout? now = null;
        var (next, tick) = (watch.MoveNextAsync().AsTask(), second.WaitForNextTickAsync(cancel).AsTask());
        while (true)
        {
            if (await Task.WhenAny(next, tick) == next)
            {
                if (!await next) throw WatchOption.NeverEnds();
                now = watch.Current;
                draw(Frame(now, time.GetUtcNow()));
                if (WatchOption.IsOver(now)) return now;
                next = watch.MoveNextAsync().AsTask();
                continue;
            }
            await tick;
            if (now is not null) draw(Frame(now, time.GetUtcNow()));
            tick = second.WaitForNextTickAsync(cancel).AsTask();
        }
    });

    internal static IRenderable Frame(Rollout rollout, DateTimeOffset now)
    {
        var phase = Words.Of(rollout.Phase);
        var head = new Paragraph($"{Words.Plain(rollout.Id)}  ", Styles.Heading)
            .Append($"{rollout.Spec?.Image}/{rollout.Spec?.Patch}  ")
            .Append(phase, Styles.Of(phase))
            .Append(rollout.Requested is { } requested ? $"  {Durations.Write(TimeSpan.FromSeconds(Math.Max(0, (long)(now - requested.ToDateTimeOffset()).TotalSeconds)))}" : "", Styles.Quiet);
        return Tables.Stack(
        [
            head,
            .. rollout.Detail.Length > 0 ? [new Text($"  {Words.Plain(rollout.Detail)}")] : Array.Empty<IRenderable>(),
            .. rollout.Waves.Select(w => Bar(w, rollout)),
        ]);
    }

    private static Paragraph Bar(WaveStatus wave, Rollout rollout)
    {
        var bar = new Paragraph($"  wave {wave.Number,-2} ", wave.Number == rollout.Wave ? Styles.Heading : Styles.Quiet);
        foreach (var (length, glyph, colour) in Parts(wave)) bar.Append(new string(glyph, length), new Style(colour));
        bar.Append($" {wave.Counts?.Verified ?? 0}/{wave.Size}");
        if (wave.Verdict != Verdict.Unspecified) bar.Append($"  {Words.Of(wave.Verdict)}", Styles.Of(Words.Of(wave.Verdict)));
        var more = Words.Of(wave.Counts, except: c => c is "verified" or "pending");
        return more == Words.None ? bar : bar.Append($"  {more}", Styles.Quiet);
    }

    /// <summary>Each kind's share of the bar: at least one cell, so that one of many is seen, and what that takes comes from the largest.</summary>
    internal static IEnumerable<(int Length, char Glyph, Color Colour)> Parts(WaveStatus wave)
    {
        var counts = wave.Counts ?? new TargetCounts { Pending = wave.Size };
        var present = Kinds.Select(k => (Count: (long)k.Count(counts), k.Glyph, k.Colour)).Where(k => k.Count > 0).ToArray();
        if (present.Length == 0) return [(BarWidth, '·', Color.Grey)];

        var total = present.Sum(k => k.Count);
        var lengths = present.Select(k => (int)Math.Max(1, k.Count * BarWidth / total)).ToArray();
        lengths[Array.IndexOf(lengths, lengths.Max())] += BarWidth - lengths.Sum();
        return present.Select((k, i) => (lengths[i], k.Glyph, k.Colour));
    }
}
