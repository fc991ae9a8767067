using System.CommandLine;

namespace Fleet.Cli;

/// <summary><c>fleet restore</c>: brings an engine back from a backup, on the machine where it is to run.</summary>
internal static class RestoreCommand
{
    public static Command Create(Surroundings surroundings)
    {
        var file = new Argument<string>("FILE") { Description = "A backup, as 'fleet backup' wrote it." };
        var data = new Option<string>("--data")
        {
            Description = "The data directory for the engine, which must not run on it: a new one, or an empty one.",
            HelpName = "DIRECTORY",
            Required = true,
        };
        var command = new Command("restore", "Makes an engine's data directory from a backup; run it as the user whom the engine runs as.") { file, data };
        command.SetAction(async (parsed, cancel) =>
        {
            var (path, directory) = (parsed.GetRequiredValue(file), Path.GetFullPath(parsed.GetRequiredValue(data)));
            await using var backup = await Files.Using(path, f => Task.FromResult(new FileStream(f, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 17, FileOptions.Asynchronous | FileOptions.SequentialScan)));
            var manifest = await Restoration.Run(backup, directory, cancel);
            new Printer(parsed, surroundings).Write(manifest, m => BackupCommand.Render(m, ("restored to", directory), ("next", $"fleet-engine --data {directory}")));
            return Exit.Good;
        });
        return command;
    }
}
