using System.CommandLine;
using Fleet.Client;
using Fleet.Protocol.V1;

namespace Fleet.Cli;

/// <summary>What the commands that start, steer or watch a rollout have in common: whether to stay until its end, and how it ends.</summary>
internal sealed class WatchOption
{
    private const string PausedByHand = "PAUSED_BY_OPERATOR";

    private readonly Option<bool> _watch = new("--watch", "--follow", "-f")
    {
        Description = "Stay until the rollout has ended, show how it goes, and exit 1 when it ended otherwise than wanted.",
    };

    public static WatchOption AddTo(Command command)
    {
        var option = new WatchOption();
        command.Add(option._watch);
        return option;
    }

    /// <summary>Shows the rollout as the engine answered, or, when asked to, until it has ended.</summary>
    public async Task<int> Finish(ParseResult parsed, Surroundings surroundings, FleetClient client, Rollout rollout, RolloutPhase[] good, CancellationToken cancel)
    {
        if (parsed.GetValue(_watch)) return await Stay(new Printer(parsed, surroundings), surroundings, client, rollout.Id, good, cancel);
        new Printer(parsed, surroundings).Write(rollout, RolloutView.Render);
        // Refused at once is as bad without watching.
        return rollout.Phase == RolloutPhase.Refused ? Exit.EndedBadly : Exit.Good;
    }

    /// <summary>Stays until it has ended, or waits for a person and nothing else.</summary>
    public static async Task<int> Stay(Printer printer, Surroundings surroundings, FleetClient client, string id, RolloutPhase[] good, CancellationToken cancel)
    {
        Rollout? last = null;
        try
        {
            var states = client.Rollouts.Watch(id, cancel);
            last = printer.IsJson ? await Objects(printer, states)
                : surroundings.Colours ? await RolloutScreen.Show(printer, states, surroundings.Time, cancel)
                : await Lines(printer, states, surroundings.Time);
        }
        catch (FleetException e) when (e.Status != Grpc.Core.StatusCode.NotFound)
        {
            throw new CliException(Exit.Of(e.Status), e.Message, $"the rollout goes on without you: 'fleet rollout show {id}' tells how it stands", e);
        }
        if (!printer.IsJson) printer.Write(last, RolloutView.Render);
        if (!last.Phase.HasEnded())
            throw new CliException(Exit.EndedBadly, $"rollout {id} waits for a person: {last.Detail}", $"go on with 'fleet rollout {(last.Phase == RolloutPhase.Halted ? "retry" : "resume")} {id}', or end it with 'rollback', 'stop' or 'kill'");
        return good.Contains(last.Phase) ? Exit.Good : Exit.EndedBadly;
    }

    /// <summary>Whether it has ended, or waits for a person because it stopped itself; who pauses a rollout by hand wants it watched still.</summary>
    public static bool IsOver(Rollout rollout) => rollout.Phase.HasEnded() || rollout.Phase == RolloutPhase.Halted || rollout is { Phase: RolloutPhase.Paused, Reason: not PausedByHand };

    private static async Task<Rollout> Objects(Printer printer, IAsyncEnumerable<Rollout> states)
    {
        await foreach (var now in states)
        {
            printer.Write(now, RolloutView.Render);
            if (IsOver(now)) return now;
        }
        throw NeverEnds();
    }

    private static async Task<Rollout> Lines(Printer printer, IAsyncEnumerable<Rollout> states, TimeProvider time)
    {
        var story = new RolloutStory(time);
        await foreach (var now in states)
        {
            story.Tell(now, printer);
            if (IsOver(now)) return now;
        }
        throw NeverEnds();
    }

    internal static InvalidOperationException NeverEnds() => new("a watch ends with the rollout or by failure only");
}
