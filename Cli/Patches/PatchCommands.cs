using System.CommandLine;
using System.Security.Cryptography;
using Fleet.Images;

namespace Fleet.Cli;

/// <summary><c>fleet patch show</c> and <c>verify</c>.</summary>
internal static class PatchCommands
{
    public static Command Show(Surroundings surroundings) => ShowCommand.Create(
        surroundings, "Shows a published patch.", Subjects.Patch(),
        (client, name, cancel) => client.Images.GetPatch(name.Image, name.Patch, cancel), PatchView.Render);

    public static Command Verify(Surroundings surroundings)
    {
        var file = new Argument<string>("FILE") { Description = "The signed envelope." };
        var keys = new Option<string[]>("--key") { Description = "A publisher's public key that is trusted. May be repeated.", HelpName = "FILE", Required = true };
        var command = new Command("verify", "Verifies a signed patch as a device does, and shows what was signed; exit code 1 when it is not to be believed.") { file, keys };
        command.SetAction(async (parsed, cancel) =>
        {
            var envelope = await Files.Read(parsed.GetRequiredValue(file), cancel);
            ECDsa[] trusted = [.. parsed.GetRequiredValue(keys).Select(PublisherKeys.Public)];
            var verified = SignedPatch.Verify(envelope, trusted, surroundings.Time.GetUtcNow());
            if (verified.Patch is not { } patch)
                throw new CliException(Exit.EndedBadly, $"{Words.Upper(verified.Refusal.ToString())}: {verified.Detail}");
            new Printer(parsed, surroundings).Write(PatchView.Of(patch, verified.KeyId), PatchView.Render);
            return Exit.Good;
        });
        return command;
    }
}
