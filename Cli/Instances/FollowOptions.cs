using System.CommandLine;
using Fleet.Client;
using Fleet.Protocol.V1;

namespace Fleet.Cli;

/// <summary>What the commands that start a change have in common: why, as which request, and whether to stay until its end.</summary>
internal sealed class FollowOptions
{
    public Option<string> Reason { get; } = new("--reason") { Description = "Why; it goes into the audit.", HelpName = "TEXT" };

    public Option<string> RequestId { get; } = new("--request-id")
    {
        Description = "Your own id for this request: asked again under the same id, the same change is returned and nothing is done twice.",
        HelpName = "ID",
    };

    public Option<bool> Wait { get; } = new("--wait") { Description = "Stay until the change has ended, tell its phases, and exit 1 when it ended badly." };

    /// <summary>Shows the change: as it was accepted, or, when asked to wait, as it ended.</summary>
    public async Task<int> Finish(ParseResult parsed, Surroundings surroundings, FleetClient client, Change change, ChangePhase[] good, CancellationToken cancel)
    {
        var printer = new Printer(parsed, surroundings);
        var story = new ChangeStory();
        try
        {
            if (parsed.GetValue(Wait)) change = await client.Instances.WaitForEnd(change, now => story.Tell(now, printer), cancel);
        }
        catch (FleetException e)
        {
            throw new CliException(Exit.Of(e.Status), e.Message, $"change {change.Id} goes on without you: 'fleet instance show {change.Resource}/{change.Instance}' tells how it stands", e);
        }
        printer.Write(change, ChangeView.Render);
        // Refused at once is as bad without waiting.
        return change.Phase.HasEnded() && !good.Contains(change.Phase) ? Exit.EndedBadly : Exit.Good;
    }
}
