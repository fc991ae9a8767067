using System.CommandLine;
using Fleet.Client;
using Fleet.Images;

namespace Fleet.Cli;

/// <summary><c>fleet image push</c>: from an OCI layout into the engine's registry, then known as a version.</summary>
internal static class PushCommand
{
    public static Command Create(Surroundings surroundings)
    {
        var layout = Layouts.Argument();
        var version = Subjects.Version();
        var command = new Command("push", "Uploads an image version from an OCI layout and makes it known. What the registry has is not sent again.") { layout, version };
        var connection = ConnectionOptions.AddTo(command, surroundings);
        command.SetAction(async (parsed, cancel) =>
        {
            var (image, tag) = parsed.GetRequiredValue(version);
            var from = Layouts.Open(parsed.GetRequiredValue(layout));
            var contents = await from.Read(tag, cancel);
            if (contents.Image != image) throw CliException.Usage($"the layout's '{tag}' is a version of '{contents.Image}', not of '{image}'");

            var printer = new Printer(parsed, surroundings);
            using var client = connection.Connect(parsed);
            foreach (var blob in await from.BlobsOf(contents.Manifest, cancel))
            {
                var sent = await client.Push(image, blob, from.Content, cancel);
                printer.Tell(Tables.Line($"{blob.Digest}  {Words.Bytes((ulong)blob.Size),10}  {(sent ? "uploaded" : "was there")}"));
            }
            // Last, because the registry refuses a manifest whose parts it lacks.
            await client.Registry.PushManifest(image, tag, MediaTypes.ImageManifest, await from.Content.Read(contents.Manifest, cancel: cancel), cancel);
            printer.Write(await client.Images.PublishVersion(image, tag, $"{contents.Manifest}", cancel), ImageCommands.Render);
            return Exit.Good;
        });
        return command;
    }

    /// <summary>Uploads one blob of a store; false when the registry had it.</summary>
    public static Task<bool> Push(this FleetClient client, string image, Descriptor blob, ContentStore from, CancellationToken cancel) =>
        client.Registry.PushBlob(image, $"{blob.Digest}", blob.Size, () => from.Open(blob.Digest), cancel);
}
