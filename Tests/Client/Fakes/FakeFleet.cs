using System.Collections.Concurrent;
using Fleet.Protocol.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;

namespace Fleet.Fakes;

/// <summary>What the fake engine knows.</summary>
internal sealed class FakeFleet
{
    private readonly Watchers<Instance> _instanceWatchers = new();
    private readonly Watchers<Rollout> _rolloutWatchers = new();

    public ConcurrentDictionary<string, Instance> Instances { get; } = new();

    public ConcurrentDictionary<string, Change> Changes { get; } = new();

    public ConcurrentDictionary<string, Resource> Resources { get; } = new();

    public ConcurrentDictionary<string, Image> Images { get; } = new();

    public ConcurrentDictionary<string, Rollout> Rollouts { get; } = new();

    public List<Target> Targets { get; } = [];

    public RolloutPlan Plan { get; set; } = new();

    public ConcurrentDictionary<string, Freeze> Freezes { get; } = new();

    public ConcurrentDictionary<string, Budget> Budgets { get; } = new();

    public ConcurrentDictionary<string, ResourceHold> Holds { get; } = new();

    public List<AuditRecord> Audit { get; } = [];

    public VerifyResponse Verification { get; set; } = new() { Valid = true };

    /// <summary>All that was asked, as it came.</summary>
    public ConcurrentQueue<IMessage> Asked { get; } = new();

    /// <summary>How an accepted change begins.</summary>
    public Func<string, Change> Begin { get; set; } = id => new Change { Id = id, Phase = ChangePhase.Requested };

    /// <summary>How an accepted rollout begins.</summary>
    public Func<CreateRolloutRequest, Rollout> BeginRollout { get; set; } = request => new Rollout { Id = request.Rollout, Spec = request.Spec, Phase = RolloutPhase.Planning };

    /// <summary>After which state of a rollout the engine ends the stream.</summary>
    public Func<Rollout, bool> EndsStream { get; set; } = rollout => rollout.Phase is RolloutPhase.Succeeded or RolloutPhase.RolledBack or RolloutPhase.Stopped or RolloutPhase.NeedsHuman or RolloutPhase.Refused;

    /// <summary>The bytes of a backup that is taken.</summary>
    public byte[] Backup { get; set; } = [];

    /// <summary>What becomes of the call when they were sent.</summary>
    public Action<ServerCallContext> EndOfBackup { get; set; } = _ => { };

    /// <summary>Completes whenever a watch has begun.</summary>
    public SemaphoreSlim WatchBegan { get; } = new(0);

    public void Set(Instance instance)
    {
        Instances[$"{instance.Resource}/{instance.Name}"] = instance;
        if (instance.Change is { } change) Changes[change.Id] = change;
        _instanceWatchers.Tell($"{instance.Resource}/{instance.Name}", instance);
    }

    public void Set(Rollout rollout)
    {
        Rollouts[rollout.Id] = rollout;
        _rolloutWatchers.Tell(rollout.Id, rollout);
    }

    /// <summary>Breaks the connections of all that watch.</summary>
    public void CutWatches()
    {
        _instanceWatchers.Cut();
        _rolloutWatchers.Cut();
    }

    public Task Watch(GetInstanceRequest request, IServerStreamWriter<Instance> output, ServerCallContext context)
    {
        var key = $"{request.Resource}/{request.Instance}";
        return _instanceWatchers.Serve(key, () => Find(Instances, key), _ => false, () => WatchBegan.Release(), output, context);
    }

    public Task Watch(GetRolloutRequest request, IServerStreamWriter<Rollout> output, ServerCallContext context) =>
        _rolloutWatchers.Serve(request.Rollout, () => Find(Rollouts, request.Rollout), EndsStream, () => WatchBegan.Release(), output, context);

    public static T Find<T>(ConcurrentDictionary<string, T> all, string name) => all.TryGetValue(name, out var found)
        ? found
        : throw Refusal(StatusCode.NotFound, "NOT_FOUND", $"there is no '{name}'");

    /// <summary>A refusal as the engine writes it.</summary>
    public static RpcException Refusal(StatusCode status, string reason, string detail, params (string Field, string Description)[] fields)
    {
        var rich = new Google.Rpc.Status { Code = (int)status, Message = detail };
        rich.Details.Add(Any.Pack(new ErrorInfo { Reason = reason, Domain = "fleet.dev" }));
        if (fields.Length > 0)
            rich.Details.Add(Any.Pack(new BadRequest { FieldViolations = { fields.Select(f => new BadRequest.Types.FieldViolation { Field = f.Field, Description = f.Description }) } }));
        return new RpcException(new global::Grpc.Core.Status(status, detail), new Metadata { { "grpc-status-details-bin", rich.ToByteArray() } });
    }
}
