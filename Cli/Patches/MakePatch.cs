using System.CommandLine;
using Fleet.Images;

namespace Fleet.Cli;

/// <summary>What the commands that make a patch have in common: its name and life, the key that signs it, the file it goes to.</summary>
internal sealed class MakePatch
{
    private static readonly TimeSpan DefaultLife = TimeSpan.FromDays(30);

    private readonly Option<string> _id = new("--id") { Description = "The patch's name, unique within the image.", HelpName = "PATCH", Required = true };
    private readonly Option<string> _key = new("--key") { Description = "The publisher's private key, as 'fleet key new' makes it.", HelpName = "FILE", Required = true };
    private readonly Option<string> _to = new("--to") { Description = "Where the signed envelope goes.", HelpName = "FILE", Required = true };
    private readonly Option<TimeSpan?> _validFor = Durations.Option("--valid-for", "How long devices accept it, from now. Default 30d.");
    private readonly Option<string[]> _fixes = new("--fixes") { Description = "CVE ids that it fixes.", HelpName = "CVE", AllowMultipleArgumentsPerToken = true };
    private readonly Option<bool> _irreversible = new("--irreversible") { Description = "Going back could lose data: it is never taken back automatically." };

    public static MakePatch AddTo(Command command)
    {
        var making = new MakePatch();
        making._id.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && !Names.IsPatchId(text)) result.AddError($"'{text}' can't name a patch: {Names.PatchIdRule}");
        });
        foreach (var option in (Option[])[making._id, making._key, making._to, making._validFor, making._fixes, making._irreversible]) command.Add(option);
        return making;
    }

    /// <summary>Signs the patch for its content, writes the envelope, and shows what was signed; never the key.</summary>
    public async Task<int> Finish(ParseResult parsed, Surroundings surroundings, string image, PatchKind kind, VersionTarget? target, ComponentSwap? swap, CancellationToken cancel)
    {
        using var key = PublisherKeys.Private(parsed.GetRequiredValue(_key));
        var now = surroundings.Time.GetUtcNow();
        var patch = new Patch
        {
            Id = parsed.GetRequiredValue(_id),
            Kind = kind,
            Image = image,
            Issued = now,
            Expires = now + (parsed.GetValue(_validFor) ?? DefaultLife),
            Fixes = [.. parsed.GetValue(_fixes) ?? []],
            Reversible = !parsed.GetValue(_irreversible),
            Target = target,
            Swap = swap,
        };
        byte[] envelope;
        try
        {
            envelope = SignedPatch.Sign(patch, key);
        }
        catch (ArgumentException e)
        {
            throw CliException.Usage($"that would be no sound patch: {e.Message}");
        }
        await Files.Write(parsed.GetRequiredValue(_to), envelope, cancel);
        new Printer(parsed, surroundings).Write(PatchView.Of(patch, SignedPatch.KeyId(key)), PatchView.Render);
        return Exit.Good;
    }
}
