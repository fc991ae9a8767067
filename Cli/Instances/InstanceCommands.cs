using System.CommandLine;

namespace Fleet.Cli;

/// <summary><c>fleet instance show</c> and <c>watch</c>.</summary>
internal static class InstanceCommands
{
    public static Command Show(Surroundings surroundings) => ShowCommand.Create(
        surroundings, "Shows an instance: what it is, what it should be, how it is, and its change.", Subjects.Instance(),
        (client, name, cancel) => client.Instances.Get(name.Resource, name.Instance, cancel), InstanceView.Render);

    public static Command Watch(Surroundings surroundings)
    {
        var instance = Subjects.Instance();
        var command = new Command("watch", "Tells what happens to an instance, as it happens, until interrupted.") { instance };
        var connection = ConnectionOptions.AddTo(command, surroundings);
        command.SetAction(async (parsed, cancel) =>
        {
            var name = parsed.GetRequiredValue(instance);
            var printer = new Printer(parsed, surroundings);
            var story = new InstanceStory(surroundings.Time);
            using var client = connection.Connect(parsed);
            await foreach (var now in client.Instances.Watch(name.Resource, name.Instance, cancel))
            {
                if (printer.IsJson) printer.Write(now, InstanceView.Render);
                else story.Tell(now, printer);
            }
            return Exit.Good;
        });
        return command;
    }
}
