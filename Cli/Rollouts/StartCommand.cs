using System.CommandLine;
using Fleet.Protocol.V1;

namespace Fleet.Cli;

/// <summary><c>fleet rollout start</c>: brings a patch to a fleet, and watches that when asked to.</summary>
internal static class StartCommand
{
    // No letters that are taken for others.
    private const string Letters = "abcdefghjkmnpqrstuvwxyz23456789";
    private const int Told = 6;

    public static Command Create(Surroundings surroundings)
    {
        var id = new Option<string?>("--id")
        {
            Description = "Your own id for the rollout: started again under the same id, the same rollout is shown and nothing is done twice. Default: made of the patch's name.",
            HelpName = "ID",
        };
        id.Validators.Add(result => Subjects.CheckId(result, "a rollout", Subjects.LongestRollout));
        var command = new Command("start", "Starts a rollout: brings a signed patch to all instances that are meant, wave by wave.") { id };
        var spec = SpecOptions.AddTo(command);
        var watching = WatchOption.AddTo(command);
        var connection = ConnectionOptions.AddTo(command, surroundings);
        command.SetAction(async (parsed, cancel) =>
        {
            var wanted = spec.Read(parsed);
            using var client = connection.Connect(parsed);
            var rollout = await client.Rollouts.Create(wanted, parsed.GetValue(id) is { Length: > 0 } own ? own : Id(wanted.Patch, surroundings.Chance), cancel);
            return await watching.Finish(parsed, surroundings, client, rollout, good: [RolloutPhase.Succeeded], cancel);
        });
        return command;
    }

    /// <summary>Short enough to be typed, and told apart by eye.</summary>
    private static string Id(string patch, Random chance)
    {
        var name = string.Concat(patch.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' ? c : '-'));
        return $"{name[..Math.Min(name.Length, Subjects.LongestRollout - 1 - Told)]}-{new string(chance.GetItems<char>(Letters, Told))}";
    }
}
