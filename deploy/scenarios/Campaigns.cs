using Fleet.Client;
using Fleet.Protocol.V1;
using Google.Protobuf.WellKnownTypes;

namespace Fleet.Scenarios;

/// <summary>Plays rollouts under load, and keeps what they say of themselves.</summary>
internal sealed class Campaigns(FleetClient fleet, Story story, ILoad load, string image)
{
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(120);

    /// <summary>When what was held by whom, and until when: nothing starts in between.</summary>
    private readonly List<(string Rollout, DateTimeOffset From, DateTimeOffset Until)> _holds = [];
    private readonly List<Rollout> _ended = [];

    /// <summary>The longest time that taking back took.</summary>
    public double RollbackSeconds => _ended.Where(r => r.RollbackTook is not null).Select(r => r.RollbackTook.ToTimeSpan().TotalSeconds).DefaultIfEmpty().Max();

    /// <summary>What is brought, to all instances of the image unless told otherwise, with the short bakes of a demonstration.</summary>
    public RolloutSpec Spec(string patch) => new()
    {
        Image = image,
        Patch = patch,
        Selector = new Selector(),
        Bake = Seconds(1),
        WaveBake = Seconds(1),
        OfflineGrace = Seconds(1),
        ChangeDeadline = Seconds(60),
        Reason = "demonstration",
    };

    public static Duration Seconds(double seconds) => TimeSpan.FromSeconds(seconds).ToDuration();

    /// <summary>Plays one rollout to its end; null when it had none.</summary>
    /// <param name="meanwhile">What happens while it goes on; given its id.</param>
    public async Task<Rollout?> Play(string name, bool good, string expected, RolloutSpec spec, Func<string, Task>? meanwhile = null)
    {
        Rollout? ended = null;
        await story.Play(name, good, load, expected, async () =>
        {
            var id = Guid.CreateVersion7().ToString();
            await fleet.Rollouts.Create(spec, id);
            if (meanwhile is not null) await meanwhile(id);
            return Told(ended = await End(id));
        });
        return ended;
    }

    /// <summary>Asks for a rollout that must be refused for this reason.</summary>
    public Task Refuse(string name, string reason, RolloutSpec spec) => story.Play(name, good: true, load, "refused", async () =>
    {
        try { return Told(await fleet.Rollouts.Create(spec)); }
        catch (FleetException e) when (e.Reason == reason)
        {
            story.Tell($"  {e.Reason}: {e.Detail}");
            // Nothing comes of it, also not a moment later.
            await Task.Delay(TimeSpan.FromSeconds(1));
            await foreach (var active in fleet.Rollouts.List(active: true)) story.Expect(false, $"rollout {active.Id} is under way after the refusal");
            return new Ending("refused", new Reach(0, 0, 0, 0));
        }
    });

    /// <summary>Takes a whole rollout back.</summary>
    public Task TakeBack(string name, string rollout) => story.Play(name, good: true, load, "rolled back", async () =>
    {
        await fleet.Rollouts.RollBack(rollout, "demonstration");
        return Told(await End(rollout));
    });

    /// <summary>Waits until it is so.</summary>
    public async Task<Rollout> Until(string rollout, string wish, Func<Rollout, bool> wished)
    {
        using var limit = new CancellationTokenSource(Within);
        Rollout? last = null;
        try
        {
            await foreach (var now in fleet.Rollouts.Watch(rollout, limit.Token))
                if (wished(last = now)) return now;
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested) { }
        throw new TimeoutException($"not so: {wish}; the rollout is {Describe(last)}");
    }

    /// <summary>Waits until a wave after the canary is under way, and not yet done.</summary>
    public Task<Rollout> UntilMidWave(string rollout) =>
        Until(rollout, "a wave after the canary is under way", r => r.Wave >= 2 && r.Counts.Dispatched > 0);

    /// <summary>Notes that nothing of a rollout may start from now on until this is disposed of.</summary>
    public IDisposable Held(string rollout)
    {
        var from = DateTimeOffset.UtcNow;
        return new Ends(() => _holds.Add((rollout, from, DateTimeOffset.UtcNow)));
    }

    /// <summary>How long after a hold the last change under it was requested, by the changes' own records; the longest.</summary>
    public async Task<double> StopToLastDispatch()
    {
        var longest = 0.0;
        foreach (var (rollout, from, until) in _holds)
        {
            await foreach (var target in fleet.Rollouts.ListTargets(rollout))
            {
                if (target.Change.Length == 0) continue;
                var requested = (await fleet.Instances.GetChange(target.Resource, target.Instance, target.Change)).Requested.ToDateTimeOffset();
                if (requested > from && requested < until) longest = Math.Max(longest, (requested - from).TotalSeconds);
            }
        }
        return longest;
    }

    private async Task<Rollout> End(string rollout)
    {
        using var limit = new CancellationTokenSource(Within);
        Rollout? last = null;
        try { last = await fleet.Rollouts.WaitForEnd(rollout, now => last = now, limit.Token); }
        catch (OperationCanceledException) when (limit.IsCancellationRequested) { throw new TimeoutException($"the rollout did not end in time: {Describe(last)}"); }
        _ended.Add(last);
        return last;
    }

    private Ending Told(Rollout last)
    {
        if (last.Reason.Length > 0) story.Tell($"  {last.Reason}: {last.Detail}");
        foreach (var wave in last.Waves) story.Tell($"  wave {wave.Number}, {wave.Size} instances: {Word(wave.Verdict)} {wave.Reason}");
        return new Ending(Word(last.Phase), Reached(last));
    }

    private static Reach Reached(Rollout rollout) => rollout.Counts is not { } counts ? new(0, 0, 0, 0) : new(
        (int)(counts.Pending + counts.Waiting + counts.Dispatched + counts.Verified + counts.Failed + counts.Offline + counts.RollingBack + counts.RolledBack + counts.NeedsHuman + counts.Untouched),
        (int)counts.Verified, (int)counts.RolledBack, (int)counts.Untouched);

    private static string Describe(Rollout? rollout) => rollout is null ? "unknown" : $"{Word(rollout.Phase)} in wave {rollout.Wave}: {rollout.Detail} {rollout.Counts}";

    private static string Word(RolloutPhase phase) => phase switch
    {
        RolloutPhase.RolledBack => "rolled back",
        RolloutPhase.RollingBack => "rolling back",
        RolloutPhase.NeedsHuman => "needs human",
        _ => phase.ToString().ToLowerInvariant(),
    };

    private static string Word(Verdict verdict) => verdict == Verdict.Unspecified ? "not judged" : verdict.ToString().ToLowerInvariant();

    private sealed class Ends(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
