using Fleet.Committing;
using Fleet.Scheduling;

namespace Fleet.Images;

/// <summary>Keeps one lineage; what is refused leaves a record and nothing else.</summary>
[GrainType("image")]
internal sealed partial class ImageGrain(
    [PersistentState("image", "fleet")] IPersistentState<ImageState> stored,
    IOutlet outlet,
    Publishers publishers,
    TimeProvider time,
    ILogger<ImageGrain> log) : Grain, IImageGrain, IDueTarget
{
    private Commitments<ImageState> commitments = null!;

    private string Name => this.GetPrimaryKeyString();

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        commitments = new(stored, this.GetGrainId(), outlet, _ => null, DeactivateOnIdle, time, log);
        await commitments.Resume();
    }

    public Task<PublishAnswer> PublishVersion(ImageVersionFacts version) => Commit(Lineage.PublishVersion(stored.State, Name, version, time.GetUtcNow()));

    public Task<PublishAnswer> PublishPatch(ImmutableArray<byte> envelope, string by)
    {
        var now = time.GetUtcNow();
        return Commit(Lineage.PublishPatch(stored.State, Name, envelope, publishers.Verify(envelope, now), by, now));
    }

    public Task Quarantine(string patch, string by, string reason) => Commit(Lineage.Quarantine(stored.State, Name, patch, by, reason, time.GetUtcNow()));

    public Task LiftQuarantine(string patch, string by, string reason) => Commit(Lineage.LiftQuarantine(stored.State, Name, patch, by, reason, time.GetUtcNow()));

    public Task<ImageView> Show() => Task.FromResult(new ImageView(Name, stored.State.Versions, stored.State.Patches));

    public Task<PatchView?> Patch(string patch) => Task.FromResult(stored.State.Patches.FirstOrDefault(p => p.Id == patch));

    public Task<ImageVersionFacts?> Version(string version) => Task.FromResult(stored.State.Versions.FirstOrDefault(v => v.Version == version));

    public Task Due() => commitments.Settle();

    private async Task<PublishAnswer> Commit(Published published)
    {
        await commitments.Commit(published.State, published.Effects);
        if (published.Answer.Kind == PublishAnswerKind.Refused) LogRefused(Name, published.Answer.Reason, published.Answer.Detail);
        return published.Answer;
    }

    [LoggerMessage(LogLevel.Warning, "Image {Image} refused what was published: {Reason}, {Detail}")]
    private partial void LogRefused(string image, string reason, string detail);
}
