using System.Collections.Concurrent;
using System.Threading.Channels;
using Fleet.Protocol.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;

namespace Fleet.Fakes;

/// <summary>What the fake engine knows.</summary>
internal sealed class FakeFleet
{
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<ChannelWriter<Instance>, ServerCallContext>> _watchers = new();

    public ConcurrentDictionary<string, Instance> Instances { get; } = new();

    public ConcurrentDictionary<string, Change> Changes { get; } = new();

    public ConcurrentDictionary<string, Resource> Resources { get; } = new();

    public ConcurrentDictionary<string, Image> Images { get; } = new();

    public List<AuditRecord> Audit { get; } = [];

    public VerifyResponse Verification { get; set; } = new() { Valid = true };

    /// <summary>All that was asked, as it came.</summary>
    public ConcurrentQueue<IMessage> Asked { get; } = new();

    /// <summary>How an accepted change begins.</summary>
    public Func<string, Change> Begin { get; set; } = id => new Change { Id = id, Phase = ChangePhase.Requested };

    /// <summary>Completes whenever a watch has begun.</summary>
    public SemaphoreSlim WatchBegan { get; } = new(0);

    public void Set(Instance instance)
    {
        Instances[$"{instance.Resource}/{instance.Name}"] = instance;
        if (instance.Change is { } change) Changes[change.Id] = change;
        foreach (var watcher in Watchers(instance.Resource, instance.Name).Keys) watcher.TryWrite(instance.Clone());
    }

    /// <summary>Breaks the connections of all that watch.</summary>
    public void CutWatches()
    {
        foreach (var context in _watchers.Values.SelectMany(w => w.Values)) context.GetHttpContext().Abort();
    }

    public async Task Watch(GetInstanceRequest request, IServerStreamWriter<Instance> output, ServerCallContext context)
    {
        var news = Channel.CreateUnbounded<Instance>();
        var watchers = Watchers(request.Resource, request.Instance);
        watchers[news.Writer] = context;
        try
        {
            await output.WriteAsync(Find(Instances, $"{request.Resource}/{request.Instance}").Clone());
            WatchBegan.Release();
            await foreach (var instance in news.Reader.ReadAllAsync(context.CancellationToken)) await output.WriteAsync(instance);
        }
        finally
        {
            watchers.TryRemove(news.Writer, out _);
        }
    }

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

    private ConcurrentDictionary<ChannelWriter<Instance>, ServerCallContext> Watchers(string resource, string instance) =>
        _watchers.GetOrAdd($"{resource}/{instance}", _ => new());
}
