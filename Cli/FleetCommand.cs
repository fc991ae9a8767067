using System.CommandLine;
using Fleet.Client;
using Fleet.Images;

namespace Fleet.Cli;

/// <summary>The whole command line.</summary>
internal static class FleetCommand
{
    /// <summary>Runs one command; all that it has to say is said, and the exit code says how it went.</summary>
    public static async Task<int> Run(IReadOnlyList<string> args, Surroundings surroundings, CancellationToken cancel = default)
    {
        var parsed = Root(surroundings).Parse(args);
        if (parsed.Errors.Count > 0) return Errors.OfUsage(parsed, surroundings);
        try
        {
            return await parsed.InvokeAsync(
                new InvocationConfiguration { Output = surroundings.Out, Error = surroundings.Error, EnableDefaultExceptionHandler = false }, cancel);
        }
        catch (Exception e) when (e is CliException or FleetException or ContentException or IOException or UnauthorizedAccessException or OperationCanceledException)
        {
            return Errors.Say(e, surroundings);
        }
    }

    internal static RootCommand Root(Surroundings surroundings) => new($"Keeps a fleet of service images healthy and up to date.\n\n{ConnectionOptions.Help}\n\n{Exit.Help}")
    {
        OutputForm.Option,
        LoginCommand.Create(surroundings),
        new Command("instance", "Instances and their changes.")
        {
            ApplyCommand.Create(surroundings),
            RollBackCommand.Create(surroundings),
            InstanceCommands.Show(surroundings),
            InstanceCommands.Watch(surroundings),
        },
        new Command("image", "Images and their versions.")
        {
            BuildCommand.Create(surroundings),
            PushCommand.Create(surroundings),
            ImageCommands.Show(surroundings),
        },
        new Command("patch", "Signed patches.")
        {
            LayerCommand.Create(surroundings),
            HotfixCommand.Create(surroundings),
            PatchCommands.Verify(surroundings),
            PublishCommand.Create(surroundings),
            PatchCommands.Show(surroundings),
        },
        new Command("key", "Publisher keys, which sign patches.") { KeyCommands.New(surroundings) },
        new Command("resource", "Devices that run agents.") { ResourceCommands.Show(surroundings) },
        ResourceCommands.Token(surroundings),
        AuditCommands.Create(surroundings),
        CompletionCommand.Create(surroundings),
    };
}
