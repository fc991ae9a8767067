using Fleet.Instances;

namespace Fleet.Rollouts;

/// <summary>
/// What a shard knows of its targets for the moment: who is held by what, who is away, and who is tried or asked again when.
/// Nothing of it is stored: after a restart it is found out again.
/// </summary>
internal sealed class Held
{
    /// <summary>Who was found away is asked again after this.</summary>
    private static readonly TimeSpan AskAway = TimeSpan.FromSeconds(10);

    /// <summary>Who is held by another change, or was told to go back, is tried again after this.</summary>
    private static readonly TimeSpan TryAgain = TimeSpan.FromSeconds(5);

    /// <summary>Who wasn't heard of for so long is asked.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(10);

    private readonly Dictionary<InstanceId, string> reasons = [];
    private readonly Dictionary<InstanceId, DateTimeOffset> next = [];
    private readonly Dictionary<InstanceId, DateTimeOffset> away = [];
    private readonly Dictionary<InstanceId, DateTimeOffset> heard = [];

    /// <summary>What holds whom, in words.</summary>
    public IReadOnlyDictionary<InstanceId, string> Reasons => reasons;

    /// <summary>Whether the reasons have changed since this was set to false.</summary>
    public bool Changed { get; set; }

    /// <summary>A new order: everybody is tried at once. Who is away stays away.</summary>
    public void Clear()
    {
        reasons.Clear();
        next.Clear();
        Changed = true;
    }

    public bool IsTimeFor(InstanceId instance, DateTimeOffset now) => !next.TryGetValue(instance, out var at) || now >= at;

    public void MayTry(InstanceId instance) => next.Remove(instance);

    public void Hold(InstanceId instance, string reason, DateTimeOffset until)
    {
        next[instance] = until;
        if (reasons.TryGetValue(instance, out var known) && known == reason) return;
        reasons[instance] = reason;
        Changed = true;
    }

    public void AskAgainLater(InstanceId instance, DateTimeOffset now) => next[instance] = now + TryAgain;

    public bool IsAway(InstanceId instance) => away.ContainsKey(instance);

    public void Away(InstanceId instance, DateTimeOffset now)
    {
        away.TryAdd(instance, now);
        Hold(instance, "offline: no fresh report from the device", now + AskAway);
    }

    public void Back(InstanceId instance)
    {
        away.Remove(instance);
        Free(instance);
    }

    /// <summary>Who has been away for at least so long, and why they can't be reached.</summary>
    public Dictionary<InstanceId, string> AwayFor(TimeSpan grace, DateTimeOffset now) =>
        away.Where(a => now - a.Value >= grace).ToDictionary(a => a.Key, a => $"no report from the device; looked for since {a.Value:u}");

    /// <summary>An instance answered a dispatch.</summary>
    public void Answered(InstanceId instance, ChangeAnswer answer, DateTimeOffset now)
    {
        Heard(instance, now);
        if (answer.Kind == ChangeAnswerKind.Offline) Away(instance, now);
        else if (answer.Kind == ChangeAnswerKind.Busy) Hold(instance, answer.Detail, now + TryAgain);
        else Free(instance);
    }

    public void Heard(InstanceId instance, DateTimeOffset now) => heard[instance] = now;

    public bool IsSilent(InstanceId instance, DateTimeOffset now) => !heard.TryGetValue(instance, out var at) || now - at >= Silence;

    private void Free(InstanceId instance)
    {
        next.Remove(instance);
        Changed |= reasons.Remove(instance);
    }
}
