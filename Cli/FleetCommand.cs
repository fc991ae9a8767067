using System.CommandLine;
using System.CommandLine.Help;
using Fleet.Client;
using Fleet.Images;
using Fleet.Protocol.Backups;

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
        catch (Exception e) when (e is CliException or FleetException or ContentException or BackupException or IOException or UnauthorizedAccessException or OperationCanceledException)
        {
            return Errors.Say(e, surroundings);
        }
    }

    internal static RootCommand Root(Surroundings surroundings)
    {
        var root = Commands(surroundings);
        // Here nobody writes options with a slash, and names have one.
        foreach (var help in root.Options.OfType<HelpOption>())
            foreach (var alias in (string[])["/?", "/h"]) help.Aliases.Remove(alias);
        OfferedNames.Attach(root, surroundings);
        Suggestions.Attach(root);
        return root;
    }

    private static RootCommand Commands(Surroundings surroundings) => new($"Keeps a fleet of service images healthy and up to date.\n\n{ConnectionOptions.Help}\n\n{Exit.Help}")
    {
        OutputForm.Option,
        LoginCommand.Create(surroundings),
        new Command("instance", "Instances and their changes.")
        {
            ApplyCommand.Create(surroundings),
            RollBackCommand.Create(surroundings),
            RosterCommands.List(surroundings),
            InstanceCommands.Show(surroundings),
            InstanceCommands.Watch(surroundings),
            RosterCommands.Label(surroundings),
        },
        Rollout(surroundings),
        FreezeCommands.Create(surroundings),
        BudgetCommands.Create(surroundings),
        new Command("image", "Images and their versions.")
        {
            BuildCommand.Create(surroundings),
            PushCommand.Create(surroundings),
            ImageCommands.Show(surroundings),
            ImageCommands.List(surroundings),
            ImageCommands.Versions(surroundings),
            ImageCommands.Patches(surroundings),
        },
        new Command("patch", "Signed patches.")
        {
            LayerCommand.Create(surroundings),
            HotfixCommand.Create(surroundings),
            PatchCommands.Verify(surroundings),
            PublishCommand.Create(surroundings),
            PatchCommands.Show(surroundings),
            QuarantineCommands.Quarantine(surroundings),
            QuarantineCommands.Lift(surroundings),
        },
        new Command("key", "Publisher keys, which sign patches.") { KeyCommands.New(surroundings) },
        new Command("resource", "Devices that run agents.")
        {
            HoldCommands.List(surroundings),
            ResourceCommands.Show(surroundings),
            HoldCommands.Hold(surroundings),
            HoldCommands.Release(surroundings),
        },
        ResourceCommands.Token(surroundings),
        AuditCommands.Create(surroundings),
        BackupCommand.Create(surroundings),
        RestoreCommand.Create(surroundings),
        CompletionCommand.Create(surroundings),
    };

    private static Command Rollout(Surroundings surroundings)
    {
        var command = new Command("rollout", "Rollouts: one patch, brought to many instances, wave by wave.")
        {
            PlanCommand.Create(surroundings),
            StartCommand.Create(surroundings),
            RolloutCommands.List(surroundings),
            RolloutCommands.Show(surroundings),
            RolloutCommands.Targets(surroundings),
            RolloutCommands.Watch(surroundings),
        };
        foreach (var control in ControlCommands.All(surroundings)) command.Add(control);
        return command;
    }
}
