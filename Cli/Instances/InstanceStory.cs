using Fleet.Protocol.V1;
using Spectre.Console;

namespace Fleet.Cli;

/// <summary>Tells what changed from one state of an instance to the next; the first one is told whole.</summary>
internal sealed class InstanceStory(TimeProvider time)
{
    private readonly ChangeStory _phases = new();
    private Instance? _last;

    public void Tell(Instance now, Printer printer)
    {
        foreach (var (what, detail) in News(_last, now))
        {
            printer.Tell(new Paragraph($"{Words.At(time.GetUtcNow())}           ")
                .Append($"{what,-12}", Styles.Of(what))
                .Append($"  {Words.Plain(detail)}".TrimEnd() + "\n"));
        }
        if (now.Change is { } change) _phases.Tell(change, printer);
        _last = now;
    }

    /// <summary>What is new, as a word and a sentence.</summary>
    internal static IEnumerable<(string What, string Detail)> News(Instance? before, Instance now)
    {
        if (!Equals(before?.Observed, now.Observed) || before is null)
            yield return ("runs", Words.Of(now.Observed));
        if (before?.Health != now.Health)
            yield return (Words.Of(now.Health), now.HealthDetail);
        if (Active(now) is { } slot && (before is null || Active(before)?.Id != slot.Id))
            yield return ("traffic", $"goes to slot {slot.Id}");
    }

    private static Slot? Active(Instance instance) => instance.Slots.FirstOrDefault(s => s.Active);
}
