using Fleet.Protocol.V1;
using Spectre.Console;

namespace Fleet.Cli;

/// <summary>Tells what changed from one state of a rollout to the next, a line each; the first one is told whole.</summary>
internal sealed class RolloutStory(TimeProvider time)
{
    private Rollout? _last;

    public void Tell(Rollout now, Printer printer)
    {
        foreach (var (what, detail) in News(_last, now))
        {
            printer.Tell(new Paragraph($"{Words.At(time.GetUtcNow())} {Since(now)}  ")
                .Append($"{what,-13}", Styles.Of(what))
                .Append($"  {Words.Plain(detail)}".TrimEnd() + "\n"));
        }
        _last = now;
    }

    /// <summary>What is new, as a word and a sentence.</summary>
    internal static IEnumerable<(string What, string Detail)> News(Rollout? before, Rollout now)
    {
        foreach (var wave in now.Waves)
        {
            var old = before?.Waves.FirstOrDefault(w => w.Number == wave.Number);
            // A wave whose turn hasn't come has no news.
            if (wave.Opened is not null && !Equals(old?.Counts, wave.Counts))
                yield return ($"wave {wave.Number}", $"of {now.Waves.Count}, {wave.Size} {(wave.Size == 1 ? "instance" : "instances")}: {Words.Of(wave.Counts)}");
            if (wave.Verdict != Verdict.Unspecified && old?.Verdict != wave.Verdict)
                yield return (Words.Of(wave.Verdict), $"wave {wave.Number}{(wave.Reason.Length > 0 ? $": {wave.Reason}" : "")}");
        }
        // What the waves did is why the phase is what it is.
        if (before?.Phase != now.Phase || before.Detail != now.Detail) yield return (Words.Of(now.Phase), now.Detail);
    }

    private string Since(Rollout now) => now.Requested is { } requested ? $"+{Math.Max(0, (time.GetUtcNow() - requested.ToDateTimeOffset()).TotalSeconds),6:0.0}s" : "";
}
