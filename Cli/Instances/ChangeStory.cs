using Fleet.Protocol.V1;
using Spectre.Console;

namespace Fleet.Cli;

/// <summary>Tells the phases of changes, each once, in their order, by the engine's clock.</summary>
internal sealed class ChangeStory
{
    private string _change = "";
    private int _told;

    public void Tell(Change change, Printer printer)
    {
        if (change.Id != _change) (_change, _told) = (change.Id, 0);
        // What happened between two looks is in the history, so nothing is missed.
        foreach (var entry in change.History.Skip(_told)) printer.Tell(Line(change, entry));
        _told = Math.Max(_told, change.History.Count);
    }

    private static Paragraph Line(Change change, PhaseEntry entry)
    {
        var since = change.Requested is { } requested && entry.At is { } at ? $"+{(at - requested).ToTimeSpan().TotalSeconds,6:0.0}s" : "";
        var phase = Words.Phase(entry.Phase);
        return new Paragraph($"{Words.At(entry.At)} {since}  ")
            .Append($"{phase,-12}", Styles.Of(phase))
            .Append($"  {Words.Plain(entry.Detail)}".TrimEnd() + "\n");
    }
}
