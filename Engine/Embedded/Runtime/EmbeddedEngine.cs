using System.Collections.Concurrent;

namespace Fleet.Engine.Embedded;

/// <summary>Runs all grains of this process: finds or wakes the activation that a call is for, and lets unused ones sleep.</summary>
internal sealed class EmbeddedEngine
{
    private readonly ConcurrentDictionary<(GrainId Id, int Worker), Activation> activations = new();
    private readonly GrainRegistry registry;
    private readonly Func<(GrainId Id, int Worker), Activation> make;
    private long lastNumber;
    private volatile bool stopped;

    public EmbeddedEngine(IServiceProvider services, GrainRegistry registry, EngineOptions options, ITurnScheduler turns, CallFilters filters, EngineLog log)
    {
        this.registry = registry;
        make = key => new(this, key.Id, registry.Kind(key.Id.Type), key.Worker);
        (Services, Options, Turns, Filters, Log) = (services, options, turns, filters, log);
        Observers = new Observers(this);
    }

    public IServiceProvider Services { get; }

    public EngineOptions Options { get; }

    public ITurnScheduler Turns { get; }

    public CallFilters Filters { get; }

    public EngineLog Log { get; }

    public Observers Observers { get; }

    public static SiloUnavailableException Stopped() => new("The engine has stopped.");

    /// <summary>How many calls were made.</summary>
    public long Calls => Volatile.Read(ref lastNumber);

    /// <summary>The kinds of the grains that are awake, one for each.</summary>
    public IEnumerable<GrainType> Awake => activations.Select(activation => activation.Key.Id.Type);

    public long NextNumber() => Interlocked.Increment(ref lastNumber);

    /// <summary>The grain that answers for an interface and a key.</summary>
    public T Reference<T>(IdSpan key, string? classPrefix) where T : IAddressable =>
        Reference<T>(GrainId.Create(registry.Kind(typeof(T), classPrefix).Type, key));

    /// <summary>The grain or observer of this identity.</summary>
    public T Reference<T>(GrainId id) where T : IAddressable => (T)(IAddressable)Reference(typeof(T), id);

    /// <summary>The grain or observer of this identity.</summary>
    public GrainReference Reference(Type contract, GrainId id) => registry.Proxy(contract, new ReferenceContext(this, id));

    /// <summary>Sends a call and gives its answer.</summary>
    public Task<T> Send<T>(GrainId target, GrainCall<T> request)
    {
        if (request.Cancellation is { IsCancellationRequested: true } cancelled) return Task.FromCanceled<T>(cancelled);

        var call = new Call<T>(this, target, request);
        Dispatch(call);
        return call.IsOneWay ? Task.FromResult(default(T)!) : call.Answer;
    }

    /// <summary>Brings a call to its activation, or to the next one if that has just ended.</summary>
    public void Dispatch(Call call)
    {
        if (Observers.Owns(call.Target))
        {
            Observers.Dispatch(call);
            return;
        }

        try
        {
            while (!stopped)
            {
                var activation = activations.GetOrAdd((call.Target, 0), make);
                if (activation.Kind.MostAwake > 1) activation = LeastBusy(activation);
                activation.Begin();
                if (activation.TryAdd(call)) return;
            }

            call.Fail(Stopped());
        }
        catch (ArgumentException unknownKind)
        {
            call.Fail(unknownKind);
        }
    }

    public void Remove(Activation activation) => activations.TryRemove(new((activation.GrainId, activation.Worker), activation));

    /// <summary>Lets the grains sleep that nobody has called for a while.</summary>
    public void Collect()
    {
        // Few of many: only those are put in order.
        foreach (var activation in InOrder(activation => activation.IsUnusedSince(Options.IdleAge))) activation.DeactivateIfUnusedSince(Options.IdleAge);
    }

    /// <summary>Lets all grains sleep, also those that others wake while they fall asleep; then nothing wakes any more.</summary>
    public async Task Stop(CancellationToken cancellation)
    {
        var reason = new DeactivationReason(DeactivationReasonCode.ShuttingDown, "The engine stops.");
        while (!activations.IsEmpty)
        {
            var awake = InOrder();
            foreach (var activation in awake) activation.Deactivate(reason, cancellation);
            await Task.WhenAll(awake.Select(activation => activation.Deactivated)).WaitAsync(cancellation);
        }

        Kill();
    }

    /// <summary>As in a crash: no step of any grain runs any more.</summary>
    public void Kill()
    {
        stopped = true;
        foreach (var activation in InOrder()) activation.Kill();
    }

    /// <summary>Of a stateless worker's activations one that has nothing to do; if there is none, a new one while there may be more.</summary>
    private Activation LeastBusy(Activation first)
    {
        var (best, least) = (first, first.Box.Load);
        for (var worker = 1; least > 0 && worker < first.Kind.MostAwake; worker++)
        {
            if (!activations.TryGetValue((first.GrainId, worker), out var other)) return activations.GetOrAdd((first.GrainId, worker), make);
            if (other.Box.Load is var load && load < least) (best, least) = (other, load);
        }

        return best;
    }

    private List<Activation> InOrder(Func<Activation, bool>? which = null) =>
        [.. activations.Where(entry => which?.Invoke(entry.Value) != false).Select(entry => entry.Value).OrderBy(activation => activation.GrainId).ThenBy(activation => activation.Worker)];
}
