using System.CommandLine;
using Fleet.Client;
using Fleet.Protocol.V1;

namespace Fleet.Cli;

/// <summary><c>fleet rollout pause</c>, <c>resume</c>, <c>stop</c>, <c>kill</c>, <c>rollback</c> and <c>retry</c>.</summary>
internal static class ControlCommands
{
    private delegate Task<Rollout> Ask(FleetRollouts rollouts, string rollout, string reason, CancellationToken cancel);

    public static IEnumerable<Command> All(Surroundings surroundings) =>
    [
        Create(surroundings, "pause", "Dispatches nothing new until 'resume'; changes in flight go on.",
            (rollouts, id, reason, cancel) => rollouts.Pause(id, reason, cancel), good: [RolloutPhase.Succeeded]),
        Create(surroundings, "resume", "Goes on with a paused rollout.",
            (rollouts, id, reason, cancel) => rollouts.Resume(id, reason, cancel), good: [RolloutPhase.Succeeded]),
        Create(surroundings, "stop", "Ends a rollout gracefully: nothing new is dispatched, changes in flight end as they will, verified ones stay.",
            (rollouts, id, reason, cancel) => rollouts.Stop(id, reason, cancel), good: [RolloutPhase.Stopped]),
        Create(surroundings, "kill", "Ends a rollout by force: nothing new is dispatched, changes in flight are taken back, verified ones stay.",
            (rollouts, id, reason, cancel) => rollouts.Kill(id, reason, cancel), good: [RolloutPhase.Stopped]),
        Create(surroundings, "rollback", "Takes back all that a rollout changed, done waves in reverse.",
            (rollouts, id, reason, cancel) => rollouts.RollBack(id, reason, cancel), good: [RolloutPhase.RolledBack]),
        Create(surroundings, "retry", "Tries the failed targets of a rollout that waits for a person again, and goes on.",
            (rollouts, id, reason, cancel) => rollouts.Retry(id, reason, cancel), good: [RolloutPhase.Succeeded]),
    ];

    private static Command Create(Surroundings surroundings, string name, string description, Ask ask, RolloutPhase[] good)
    {
        var rollout = Subjects.Rollout();
        var reason = new Option<string?>("--reason") { Description = "Why; it goes into the audit.", HelpName = "TEXT" };
        var command = new Command(name, description) { rollout, reason };
        var watching = WatchOption.AddTo(command);
        var connection = ConnectionOptions.AddTo(command, surroundings);
        command.SetAction(async (parsed, cancel) =>
        {
            using var client = connection.Connect(parsed);
            var now = await ask(client.Rollouts, parsed.GetRequiredValue(rollout), parsed.GetValue(reason) ?? "", cancel);
            return await watching.Finish(parsed, surroundings, client, now, good, cancel);
        });
        return command;
    }
}
