using System.Collections.Concurrent;
using System.Reflection;
using Fleet.Access;
using Fleet.Applications;
using Fleet.Audit;
using Fleet.Images;
using Fleet.Instances;
using Fleet.Resources;
using Fleet.Rollouts;
using Fleet.Roster;
using Fleet.Scheduling;

namespace Fleet.Gateway.Fakes;

/// <summary>Grains that remember what they were asked and answer as a test tells them; no engine runs.</summary>
public sealed class FakeGrains
{
    private readonly ConcurrentDictionary<(Type, string), object> grains = new();
    private readonly TimeProvider time;

    public FakeGrains(TimeProvider time)
    {
        this.time = time;
        Factory = DispatchProxy.Create<IGrainFactory, Proxy>();
        ((Proxy)Factory).Grains = this;
    }

    public IGrainFactory Factory { get; }

    /// <summary>Observers that were made and not deleted.</summary>
    public ConcurrentDictionary<object, Type> Observers { get; } = new();

    public FakeResource Resource(string name) => (FakeResource)Get(typeof(IResourceGrain), name);

    public FakeInstance Instance(string id) => (FakeInstance)Get(typeof(IInstanceGrain), id);

    public FakeImage Image(string name) => (FakeImage)Get(typeof(IImageGrain), name);

    public FakeAudit Audit(int shard) => (FakeAudit)Get(typeof(IAuditGrain), $"{shard}");

    public FakeRollout Rollout(string id) => (FakeRollout)Get(typeof(IRolloutGrain), id);

    public FakePlanner Planner(string image) => (FakePlanner)Get(typeof(IPlannerGrain), image);

    public FakeScheduler Scheduler => (FakeScheduler)Get(typeof(ISchedulerGrain), "main");

    public FakeApplication Application(string name) => (FakeApplication)Get(typeof(IApplicationGrain), name);

    public FakeHold Hold(string resource) => (FakeHold)Get(typeof(IHoldGrain), resource);

    public FakeRoster Roster(int shard) => (FakeRoster)Get(typeof(IRosterGrain), $"{shard}");

    public FakeIndex Index(Listing listing, int shard) => (FakeIndex)Get(typeof(IIndexGrain), $"{listing}/{shard}");

    private object Get(Type type, string key) => grains.GetOrAdd((type, key), _ => type switch
    {
        _ when type == typeof(IResourceGrain) => new FakeResource(key),
        _ when type == typeof(IInstanceGrain) => new FakeInstance(InstanceId.Parse(key), time),
        _ when type == typeof(IImageGrain) => new FakeImage(key),
        _ when type == typeof(IAuditGrain) => new FakeAudit(int.Parse(key)),
        _ when type == typeof(IRolloutGrain) => new FakeRollout(),
        _ when type == typeof(IPlannerGrain) => new FakePlanner(),
        _ when type == typeof(ISchedulerGrain) => new FakeScheduler(),
        _ when type == typeof(IApplicationGrain) => new FakeApplication(key),
        _ when type == typeof(IHoldGrain) => new FakeHold(key),
        _ when type == typeof(IRosterGrain) => new FakeRoster(),
        _ when type == typeof(IIndexGrain) => new FakeIndex(),
        _ when type == typeof(IEnrolmentGrain) => new FakeEnrolment(time),
        _ when type == typeof(IOperatorKeyGrain) => new FakeOperatorKey(),
        _ => throw new NotSupportedException(type.Name),
    });

    public class Proxy : DispatchProxy
    {
        internal FakeGrains Grains { get; set; } = null!;

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            var type = targetMethod!.GetGenericArguments()[0];
            switch (targetMethod.Name)
            {
                case "CreateObjectReference":
                    Grains.Observers[args![0]!] = type;
                    return args[0];
                case "DeleteObjectReference":
                    Grains.Observers.TryRemove(args![0]!, out _);
                    return null;
                default:
                    return Grains.Get(type, args![0]!.ToString()!);
            }
        }
    }
}
