using System.Collections.Immutable;
using System.Threading.Channels;
using Fleet.Agent.Runtimes.Overlay;
using Fleet.Images;

namespace Fleet.Agent.Delivery;

/// <summary>
/// Delivery on this device: one loop for each instance. <see cref="Open"/> it, keep <see cref="Run"/> running, hand it to the
/// link as <see cref="IDelivery"/>. Instances outlive it; a new one finds them again.
/// </summary>
public sealed class DeliveryHost : IDelivery
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(5);

    private readonly DeliveryOptions _options;
    private readonly IJournal _journal;
    private readonly IDevice _device;
    private readonly IFacts _facts;
    private readonly DeliveryClock _clock;
    private readonly DeliveryLog _log;
    private readonly Dictionary<string, (InstanceLoop Loop, Task Run)> _loops = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private readonly Channel<bool> _collect = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private bool _blind;
    private readonly TaskCompletionSource<CancellationToken> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal DeliveryHost(DeliveryOptions options, IJournal journal, IDevice device, IFacts facts, TimeProvider time, Action<string> log)
    {
        (_options, _journal, _device, _facts) = (options, journal, device, facts);
        (_clock, _log) = (new DeliveryClock(time), new DeliveryLog(log));
    }

    /// <summary>Opens delivery with the overlay runtime on the directory of the options.</summary>
    /// <param name="content">Blobs under <see cref="DeliveryOptions.DataDirectory"/>/content; the same store that <paramref name="source"/> brings blobs to.</param>
    /// <param name="source">Where content comes from.</param>
    /// <param name="facts">Takes progress.</param>
    /// <param name="time">The device's clock.</param>
    /// <param name="log">Takes one line for each step.</param>
    /// <exception cref="RuntimeUnavailableException">The overlay runtime can't work here; the message says what to do.</exception>
    public static DeliveryHost Open(DeliveryOptions options, ContentStore content, IContentSource source, IFacts facts, TimeProvider time, Action<string> log) =>
        new(options, new FileJournal(InstancesOf(options)), OverlayDevice.Open(options, content, source, time), facts, time, log);

    /// <summary>Stops every instance and removes all that delivery made outside of the data directory, and the instances in it.</summary>
    public static Task Purge(DeliveryOptions options, TimeProvider time, CancellationToken cancel) => Fleet.Agent.Runtimes.Overlay.Purge.Everything(options, time, cancel);

    /// <summary>Works until cancelled. Instances go on running.</summary>
    public async Task Run(CancellationToken cancel)
    {
        foreach (var name in _journal.Names())
        {
            try
            {
                Begin(_journal.Load(name)!, cancel);
            }
            catch (JournalException e)
            {
                // The instance is left as it is: it runs on, and nobody touches what is not understood.
                _log.Failure(name, "the journal can't be read", e);
                _blind = true;
            }
        }
        _started.TrySetResult(cancel);
        try
        {
            while (true)
            {
                await _collect.Reader.ReadAsync(cancel);
                await Collect(cancel);
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested) { }
        finally
        {
            await Task.WhenAll(Loops().Select(l => l.Run));
            lock (_lock) _loops.Clear();
        }
    }

    public async Task<DirectiveAnswer> Accept(Directive directive, CancellationToken cancel)
    {
        if (!Names.IsName(directive.Instance)) return Refuse(directive, "UNSUPPORTED", $"'{directive.Instance}' is no name of an instance: {Names.NameRule}");
        var running = await _started.Task.WaitAsync(cancel);
        if (Find(directive.Instance, running) is not { } loop)
            return Refuse(directive, "JOURNAL_DAMAGED", "what this device remembers of the instance can't be read: see the agent's log");
        return await loop.Accept(directive, directive.Action is DirectiveAction.Apply apply ? Verify(apply.Envelope.Span) : null, cancel);
    }

    public async Task<IReadOnlyList<InstanceStatus>> Status(CancellationToken cancel)
    {
        await _started.Task.WaitAsync(cancel);
        var all = new List<InstanceStatus>();
        foreach (var (loop, _) in Loops()) all.Add(await Sight.Of(loop.State, _device, cancel));
        return all;
    }

    internal static string InstancesOf(DeliveryOptions options) => Path.Combine(options.DataDirectory, "instances");

    // Which clock decides an expiry: the engine's when it publishes and applies; the device's here, unless it is before the
    // patch was even issued. Then the device's clock is wrong and can't judge.
    private VerifiedPatch Verify(ReadOnlySpan<byte> envelope)
    {
        lock (_lock)
        {
            var verified = SignedPatch.Verify(envelope, _options.PublisherKeys, DateTimeOffset.MinValue);
            var now = _clock.Time.GetUtcNow();
            return verified.Patch is { } patch && now >= patch.Issued && now >= patch.Expires
                ? new VerifiedPatch(null, verified.KeyId, EnvelopeRefusal.PatchExpired, $"patch '{patch.Id}' expired at {patch.Expires:u}; this device's clock says {now:u}")
                : verified;
        }
    }

    private InstanceLoop? Find(string name, CancellationToken cancel)
    {
        lock (_lock)
        {
            if (_loops.TryGetValue(name, out var known)) return known.Loop;
            if (_journal.Names().Contains(name, StringComparer.Ordinal)) return null;
        }
        return Begin(new InstanceState { Name = name }, cancel);
    }

    private InstanceLoop Begin(InstanceState state, CancellationToken cancel)
    {
        lock (_lock)
        {
            if (_loops.TryGetValue(state.Name, out var known)) return known.Loop;
            var loop = new InstanceLoop(state, _journal, _device, _facts, _clock, _log) { Ended = () => _collect.Writer.TryWrite(true) };
            _loops[state.Name] = (loop, Keep(loop, cancel));
            return loop;
        }
    }

    // A loop that fails begins anew from what is written down, as after a restart.
    private async Task Keep(InstanceLoop loop, CancellationToken cancel)
    {
        var failed = false;
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                if (failed) loop.Return(_journal.Load(loop.State.Name) ?? new InstanceState { Name = loop.State.Name });
                await loop.Run(cancel);
            }
#pragma warning disable CA1031 // One instance must not stop the others.
            catch (Exception e)
#pragma warning restore CA1031
            {
                failed = true;
                _log.Failure(loop.State.Name, "the loop failed and begins anew", e);
                await Task.Delay(Again, _clock.Time, cancel)
                    .ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private ImmutableArray<(InstanceLoop Loop, Task Run)> Loops()
    {
        lock (_lock) return [.. _loops.OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => l.Value)];
    }

    // Not known while a change still learns what it needs, nor when a journal can't be read.
    private ImmutableArray<Stack>? Needed()
    {
        var states = Loops().Select(l => l.Loop.State).ToArray();
        return _blind || states.Any(s => s is { Changing: true, Change: { Target: null, Step: Step.Fetch } }) ? null : [.. states.SelectMany(s => Machine.Needed(s).AsEnumerable())];
    }

    private async Task Collect(CancellationToken cancel)
    {
        try
        {
            await _device.Collect(Needed, cancel);
        }
        catch (IOException e)
        {
            _log.Failure("device", "content that nobody needs could not be removed", e);
        }
    }

    private static DirectiveAnswer Refuse(Directive directive, string reason, string detail) => new(directive.Id, false, reason, detail);
}
