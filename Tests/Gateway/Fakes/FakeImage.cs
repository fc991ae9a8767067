using System.Collections.Immutable;
using Fleet.Images;

namespace Fleet.Gateway.Fakes;

public sealed class FakeImage(string name) : IImageGrain
{
    public List<ImageVersionFacts> Versions { get; } = [];

    public List<PatchView> Patches { get; } = [];

    /// <summary>What is answered to the next patch.</summary>
    public Func<string, PublishAnswer> OnPatch { get; set; } = _ => throw new NotSupportedException();

    public Task<PublishAnswer> PublishVersion(ImageVersionFacts version)
    {
        Versions.Add(version);
        return Task.FromResult(new PublishAnswer(PublishAnswerKind.Published));
    }

    public Task<PublishAnswer> PublishPatch(ImmutableArray<byte> envelope, string by) => Task.FromResult(OnPatch(by));

    public Task Quarantine(string patch, string by, string reason) => Mark(patch, true, $"{reason} ({by})");

    public Task LiftQuarantine(string patch, string by, string reason) => Mark(patch, false, "");

    public Task<ImageView> Show() => Task.FromResult(new ImageView(name, [.. Versions], [.. Patches]));

    public Task<PatchView?> Patch(string patch) => Task.FromResult(Patches.FirstOrDefault(p => p.Id == patch));

    public Task<ImageVersionFacts?> Version(string version) => Task.FromResult(Versions.FirstOrDefault(v => v.Version == version));

    private Task Mark(string patch, bool quarantined, string reason)
    {
        var at = Patches.FindIndex(p => p.Id == patch);
        Patches[at] = Patches[at] with { Quarantined = quarantined, QuarantineReason = reason };
        return Task.CompletedTask;
    }
}
