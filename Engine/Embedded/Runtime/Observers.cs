using System.Collections.Concurrent;
using System.Globalization;

namespace Fleet.Engine.Embedded;

/// <summary>
/// The objects of this process that grains can call. They are held weakly, as in Orleans: whoever observes keeps the object.
/// A call to one that is gone fails at once.
/// </summary>
internal sealed class Observers(EmbeddedEngine engine)
{
    private static readonly GrainType Type = GrainType.Create("sys.observer");

    private readonly ConcurrentDictionary<GrainId, Observer> known = new();

    public static bool Owns(GrainId id) => id.Type == Type;

    public GrainId Add(IGrainObserver target)
    {
        var id = GrainId.Create(Type, engine.NextNumber().ToString(CultureInfo.InvariantCulture));
        known[id] = new Observer(engine, target);
        return id;
    }

    public void Remove(GrainId id)
    {
        if (!known.TryRemove(id, out _)) throw new ArgumentException("The reference is not associated with a local object.");
    }

    public void Dispatch(Call call)
    {
        if (known.TryGetValue(call.Target, out var observer) && observer.TryHold(call))
        {
            observer.Box.TryAdd(call);
            return;
        }

        known.TryRemove(call.Target, out _);
        call.Fail(new ClientNotAvailableException($"The observer {call.Target} is gone: it was deleted, or nobody kept the object."));
    }

    private sealed class Observer
    {
        private readonly WeakReference<IGrainObserver> target;

        public Observer(EmbeddedEngine engine, IGrainObserver target)
        {
            this.target = new(target);
            var queue = new TurnQueue(engine.Turns, null);
            Box = new Mailbox(queue, reentrant: false, engine.Log);
            queue.Quiet = Box.LookForDeadlock;
            Box.Open();
        }

        public Mailbox Box { get; }

        /// <summary>Keeps the object alive until the call has reached it.</summary>
        public bool TryHold(Call call)
        {
            if (!target.TryGetTarget(out var alive)) return false;
            call.Receiver = alive;
            return true;
        }
    }
}
