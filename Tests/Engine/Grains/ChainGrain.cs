using Orleans.Concurrency;

namespace Fleet.Engine.Tests;

/// <summary>Grains that call each other along a path such as "b, c, a".</summary>
[Alias("test.chain")]
public interface IChainGrain : IGrainWithStringKey
{
    /// <summary>Calls the first of the path with the rest of it, and waits for the answer.</summary>
    [Alias("follow")] Task<string> Follow(string path);

    /// <summary>Calls the first of the path with the rest of it, and returns at once.</summary>
    [Alias("send-off")] Task SendOff(string path);

    /// <summary>Stops at a gate, then follows the path.</summary>
    [Alias("follow-later")] Task<string> FollowLater(string gate, string path);

    /// <summary>Follows the path, and beside it stops another grain at a gate.</summary>
    [Alias("follow-beside")] Task<string> FollowBeside(string gate, string path);

    /// <summary>Follows the path, which may come back here meanwhile.</summary>
    [Alias("follow-allowing")] Task<string> FollowAllowing(string path);

    /// <summary>The same, and afterwards once more without allowing it.</summary>
    [Alias("follow-allowing-once")] Task<string> FollowAllowingOnce(string path);

    /// <summary>Stops at a gate and lets what it called come back.</summary>
    [Alias("hold-allowing")] Task<string> HoldAllowing(string gate, string path);

    /// <summary>Follows the path, and says what became of it.</summary>
    [Alias("try")] Task<string> Try(string path);

    /// <summary>Gives itself to another, which says what it received.</summary>
    [Alias("introduce")] Task<string> Introduce(IChainGrain other);

    [Alias("meet")] Task<string> Meet(IChainGrain other);

    [Alias("peek"), AlwaysInterleave] Task<string> Peek();

    /// <summary>Follows the path; may run beside everything.</summary>
    [Alias("interleave"), AlwaysInterleave] Task<string> FollowInterleaving(string path);
}

[GrainType("chain")]
internal sealed class ChainGrain(Gates gates) : Grain, IChainGrain
{
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        gates.Story.Enqueue($"{this.GetPrimaryKeyString()} wakes");
        if (this.GetPrimaryKeyString().StartsWith("eager", StringComparison.Ordinal)) _ = this.AsReference<IChainGrain>().Peek();
        if (this.GetPrimaryKeyString() == "self-seeking") await GrainFactory.GetGrain<IChainGrain>("b").Follow("self-seeking");
    }

    public async Task<string> Follow(string path)
    {
        var (next, rest) = Split(path);
        return next is null ? "end" : await next.Follow(rest);
    }

    public Task SendOff(string path)
    {
        var (next, rest) = Split(path);
        _ = next!.Follow(rest).ContinueWith(sent => gates.Story.Enqueue(sent.IsCompletedSuccessfully ? "arrived" : "lost"), TaskScheduler.Current)
            .ContinueWith(_ => gates["sent off"].Pass(), TaskScheduler.Current);
        return Task.CompletedTask;
    }

    public async Task<string> FollowLater(string gate, string path)
    {
        await gates[gate].Pass();
        return await Follow(path);
    }

    public async Task<string> FollowBeside(string gate, string path)
    {
        var beside = GrainFactory.GetGrain<IProbeGrain>("beside").Hold(gate);
        var following = Follow(path);
        await Task.WhenAll(beside, following);
        return await following;
    }

    public async Task<string> FollowAllowing(string path)
    {
        using var section = RequestContext.AllowCallChainReentrancy();
        return await Follow(path);
    }

    public async Task<string> FollowAllowingOnce(string path)
    {
        var first = await FollowAllowing(path);
        return $"{first}, then {await Try(path)}";
    }

    public async Task<string> HoldAllowing(string gate, string path)
    {
        using var section = RequestContext.AllowCallChainReentrancy();
        var answer = await Follow(path);
        await gates[gate].Pass();
        return answer;
    }

    public async Task<string> Try(string path)
    {
        try
        {
            return await Follow(path);
        }
        catch (OrleansException error)
        {
            return error.GetType().Name;
        }
    }

    public Task<string> Introduce(IChainGrain other) => other.Meet(this);

    public Task<string> Meet(IChainGrain other) => Task.FromResult(other is Grain ? "an object" : $"a reference to {other.GetPrimaryKeyString()}");

    public Task<string> Peek() => Task.FromResult("peeked");

    public Task<string> FollowInterleaving(string path) => Follow(path);

    private (IChainGrain? Next, string Then) Split(string path)
    {
        var parts = path.Split(", ", 2);
        return (parts[0].Length == 0 ? null : GrainFactory.GetGrain<IChainGrain>(parts[0]), parts.Length > 1 ? parts[1] : "");
    }
}
