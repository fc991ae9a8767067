using System.CommandLine;
using Fleet.Protocol.V1;

namespace Fleet.Cli;

/// <summary><c>fleet instance rollback</c>: takes a change back, and follows that when asked to.</summary>
internal static class RollBackCommand
{
    public static Command Create(Surroundings surroundings)
    {
        var instance = Subjects.Instance();
        var undoes = new Option<string>("--change") { Description = "The change to take back. Default: the one in flight, else the last committed one.", HelpName = "ID" };
        var following = new FollowOptions();
        var command = new Command("rollback", "Takes a change back: the instance returns to what it was before.")
        {
            instance, undoes, following.Reason, following.RequestId, following.Wait,
        };
        var connection = ConnectionOptions.AddTo(command, surroundings);
        command.SetAction(async (parsed, cancel) =>
        {
            var name = parsed.GetRequiredValue(instance);
            using var client = connection.Connect(parsed);
            var change = await client.Instances.RollBack(new RollBackRequest
            {
                Resource = name.Resource,
                Instance = name.Instance,
                RequestId = parsed.GetValue(following.RequestId) ?? "",
                Change = parsed.GetValue(undoes) ?? "",
                Reason = parsed.GetValue(following.Reason) ?? "",
            }, cancel);
            // Here going back is what was wanted.
            return await following.Finish(parsed, surroundings, client, change, good: [ChangePhase.Committed, ChangePhase.RolledBack], cancel);
        });
        return command;
    }
}
