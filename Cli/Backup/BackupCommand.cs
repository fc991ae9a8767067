using System.CommandLine;
using Fleet.Protocol.V1;
using Spectre.Console.Rendering;

namespace Fleet.Cli;

/// <summary><c>fleet backup</c>: the engine as one file.</summary>
internal static class BackupCommand
{
    public static Command Create(Surroundings surroundings)
    {
        var file = new Argument<string>("FILE") { Description = "Where to write it; there must be none yet. Only you may read it." };
        var command = new Command("backup", "Copies the running engine into one file: state, certificate authority with its PRIVATE KEY, publishers' public keys and images. 'fleet restore' brings it back.") { file };
        var connection = ConnectionOptions.AddTo(command, surroundings);
        command.SetAction(async (parsed, cancel) =>
        {
            var path = parsed.GetRequiredValue(file);
            using var client = connection.Connect(parsed);
            var manifest = await Files.Using(path, to => client.Backups.Save(to, cancel));
            new Printer(parsed, surroundings).Write(manifest, m => Render(m, ("written to", path), ("keep it safe", "it holds the authority's private key")));
            return Exit.Good;
        });
        return command;
    }

    /// <summary>What a backup holds, for people.</summary>
    public static IRenderable Render(BackupManifest manifest, params IEnumerable<(string, string)> more) => Tables.Facts(
    [
        ("taken", Words.At(manifest.Taken)),
        ("by", $"Fleet {manifest.FleetVersion}"),
        ("authority", manifest.Authority),
        ("holds", $"{manifest.Files.Count} files, {Words.Bytes(manifest.Files.Aggregate(0UL, (sum, f) => sum + f.Size))}"),
        .. more,
    ]);
}
