using System.CommandLine;
using Fleet.Protocol.V1;
using Google.Protobuf.WellKnownTypes;

namespace Fleet.Cli;

/// <summary><c>fleet instance apply</c>: starts a change, and follows it when asked to.</summary>
internal static class ApplyCommand
{
    public static Command Create(Surroundings surroundings)
    {
        var instance = Subjects.Instance();
        var image = Subjects.ImageOption("The image that the patch is of.");
        var patch = new Option<string>("--patch") { Description = "The patch to apply.", HelpName = "PATCH", Required = true };
        var ports = Ports.Option();
        var bake = Durations.Option("--bake", "How long the health probe must hold before the change counts as verified. Default 10s.");
        var keepOld = Durations.Option("--keep-old", "How long the old slot keeps running after the switch: so long is going back immediate. Default 0s.");
        var deadline = Durations.Option("--deadline", "From request to verified; past it, the change is taken back or expires. Default 15m.");
        var following = new FollowOptions();
        var command = new Command("apply", "Starts one change: brings a signed patch to an instance.")
        {
            instance, image, patch, ports, bake, keepOld, deadline, following.Reason, following.RequestId, following.Wait,
        };
        var connection = ConnectionOptions.AddTo(command, surroundings);
        command.SetAction(async (parsed, cancel) =>
        {
            var name = parsed.GetRequiredValue(instance);
            using var client = connection.Connect(parsed);
            var change = await client.Instances.Apply(new ApplyRequest
            {
                Resource = name.Resource,
                Instance = name.Instance,
                RequestId = parsed.GetValue(following.RequestId) ?? "",
                Image = parsed.GetRequiredValue(image),
                Patch = parsed.GetRequiredValue(patch),
                Ports = { parsed.GetValue(ports) ?? [] },
                Bake = parsed.GetValue(bake)?.ToDuration(),
                KeepOld = parsed.GetValue(keepOld)?.ToDuration(),
                Deadline = parsed.GetValue(deadline)?.ToDuration(),
                Reason = parsed.GetValue(following.Reason) ?? "",
            }, cancel);
            return await following.Finish(parsed, surroundings, client, change, good: [ChangePhase.Committed], cancel);
        });
        return command;
    }
}
