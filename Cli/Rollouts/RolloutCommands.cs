using System.CommandLine;
using Fleet.Protocol.V1;

namespace Fleet.Cli;

/// <summary><c>fleet rollout show</c>, <c>list</c>, <c>targets</c> and <c>watch</c>.</summary>
internal static class RolloutCommands
{
    public static Command Show(Surroundings surroundings) => ShowCommand.Create(
        surroundings, "Shows a rollout: its phase, why, and its waves.", Subjects.Rollout(),
        (client, rollout, cancel) => client.Rollouts.Get(rollout, cancel), RolloutView.Render);

    public static Command List(Surroundings surroundings)
    {
        var active = new Option<bool>("--active") { Description = "Only those that have not ended." };
        return Lists.Create(
            surroundings, "list", "Lists rollouts, newest first.", [active],
            (client, parsed, cancel) => client.Rollouts.List(parsed.GetValue(active), cancel), RolloutView.Rows);
    }

    public static Command Targets(Surroundings surroundings)
    {
        var rollout = Subjects.Rollout();
        var states = Enum.GetValues<TargetState>().Where(s => s != TargetState.Unspecified).ToDictionary(s => Words.Of(s).Replace(' ', '-'));
        var state = new Option<TargetState>("--state")
        {
            Description = "Only those in this state.",
            HelpName = string.Join('|', states.Keys),
            CustomParser = result => states.GetValueOrDefault(result.Tokens.Single().Value),
        };
        state.AcceptOnlyFromAmong([.. states.Keys]);
        return Lists.Create(
            surroundings, "targets", "Lists each instance that a rollout looked at, in or out, with its reason and where it stands.", [rollout, state],
            (client, parsed, cancel) => client.Rollouts.ListTargets(parsed.GetRequiredValue(rollout), parsed.GetValue(state), cancel), RolloutView.Targets);
    }

    public static Command Watch(Surroundings surroundings)
    {
        var rollout = Subjects.Rollout();
        var command = new Command("watch", "Shows how a rollout goes, until it has ended; exit code 1 when it did not succeed, or waits for a person.") { rollout };
        var connection = ConnectionOptions.AddTo(command, surroundings);
        command.SetAction(async (parsed, cancel) =>
        {
            using var client = connection.Connect(parsed);
            return await WatchOption.Stay(new Printer(parsed, surroundings), surroundings, client, parsed.GetRequiredValue(rollout), [RolloutPhase.Succeeded], cancel);
        });
        return command;
    }
}
