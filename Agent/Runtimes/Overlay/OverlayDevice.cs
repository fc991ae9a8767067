using System.Collections.Immutable;
using Fleet.Agent.Delivery;
using Fleet.Images;

namespace Fleet.Agent.Runtimes.Overlay;

/// <summary>The device as it is: overlay mounts, namespaces, cgroups and nftables on Linux, as root.</summary>
internal sealed class OverlayDevice : IDevice
{
    private readonly DeliveryOptions _options;
    private readonly Cgroups _cgroups;
    private readonly Networks _networks;
    private readonly SlotRuntime _slots;
    private readonly Traffic _traffic;
    private readonly Prober _prober;
    private readonly InPlace _inPlace;
    private readonly Provision _provision;
    private readonly Gate _gate = new();
    private bool _opened;

    private OverlayDevice(DeliveryOptions options, ContentStore content, IContentSource source, TimeProvider time)
    {
        _options = options;
        _cgroups = Cgroups.Find();
        var layers = new LayerStore(LayersOf(options));
        layers.Sweep();
        _networks = new Networks(options);
        _slots = new SlotRuntime(options, layers, _cgroups, _networks, new Scripts(Path.Combine(options.DataDirectory, "runtime")), time);
        _traffic = new Traffic(options);
        _prober = new Prober(_slots, time);
        _inPlace = new InPlace(_slots, layers);
        _provision = new Provision(content, layers, source);
    }

    /// <exception cref="RuntimeUnavailableException">It can't work here.</exception>
    public static OverlayDevice Open(DeliveryOptions options, ContentStore content, IContentSource source, TimeProvider time)
    {
        Requirements.Require(options);
        return new OverlayDevice(options, content, source, time);
    }

    public async Task<Happening> Do(Effect effect, CancellationToken cancel)
    {
        try
        {
            return await Run(effect, cancel);
        }
        catch (ContentUnavailableException e)
        {
            return new Happening.Failed("CONTENT_UNAVAILABLE", e.Message, e.Final);
        }
        catch (ContentException e)
        {
            return new Happening.Failed(e.Fault == ContentFault.NoSpace ? "NO_SPACE" : "CONTENT_INVALID", e.Message, Final: true);
        }
        catch (PortTakenException e)
        {
            return new Happening.Failed("PORT_TAKEN", e.Message, Final: true);
        }
        catch (IOException e) when (e.HResult is Linux.NoSpaceOnDevice or Linux.QuotaExceeded)
        {
            return new Happening.Failed("NO_SPACE", e.Message, Final: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ToolException)
        {
            return new Happening.Failed(effect is Effect.Start ? "START_FAILED" : "DEVICE_FAILED", e.Message, Final: false);
        }
    }

    public Task<ImageContents?> Contents(InstanceManifest manifest, CancellationToken cancel) => _provision.Contents(manifest, cancel);

    public SlotSight See(string instance, SlotState slot)
    {
        var place = _slots.Place(instance, slot);
        return _slots.Find(place) is { } init
            ? new SlotSight(true, init.Pid, place.Cgroup, $"/proc/{init.Pid}/root", Connections.Of(place, init.Pid))
            : new SlotSight(false, 0, place.Cgroup, "", 0);
    }

    public Task Collect(Func<ImmutableArray<Stack>?> needed, CancellationToken cancel) => _provision.Collect(needed, cancel);

    internal static string LayersOf(DeliveryOptions options) => Path.Combine(options.DataDirectory, "layers");

    private async Task<Happening> Run(Effect effect, CancellationToken cancel)
    {
        switch (effect)
        {
            case Effect.Fetch fetch:
                return await _provision.Fetch(fetch.Patch, cancel);
            case Effect.Unpack unpack:
                await _provision.Unpack(unpack.Layers, cancel);
                return new Happening.Done();
            case Effect.Create create:
                return new Happening.Created(await Create(_slots.Place(create.Instance, create.Slot), cancel));
            case Effect.Start start:
                await Ready(cancel);
                var init = await _slots.Start(_slots.Place(start.Instance, start.Slot), cancel);
                return new Happening.Started(init.Pid, init.Start);
            case Effect.Probe probe:
                var place = _slots.Place(probe.Instance, probe.Slot);
                SlotRuntime.BoundLog(place);
                return new Happening.Probed(await _prober.Ask(place, cancel));
            case Effect.Route route:
                await Ready(cancel);
                await _traffic.Route(route.Ports, route.Slot is { } to ? _slots.Place(route.Instance, to) : null, AddressesOf(route.Instance), cancel);
                return new Happening.Done();
            case Effect.Count count:
                return new Happening.Counted(See(count.Instance, count.Slot).Connections);
            case Effect.Stop stop:
                await _slots.Stop(_slots.Place(stop.Instance, stop.Slot), cancel);
                return new Happening.Done();
            case Effect.Remove remove:
                await _slots.Remove(_slots.Place(remove.Instance, remove.Slot), cancel);
                return new Happening.Done();
            case Effect.Replace replace:
                _inPlace.Replace(_slots.Place(replace.Instance, replace.Slot), replace.Files, replace.Layers);
                return new Happening.Done();
            case Effect.ReExec reExec:
                return await ReExec(_slots.Place(reExec.Instance, reExec.Slot), cancel);
            case Effect.Look look:
                return Stale.Look(_slots.Place(look.Instance, look.Slot), look.Files, _cgroups);
            default:
                throw new ArgumentOutOfRangeException(nameof(effect), effect, "unknown effect");
        }
    }

    private async Task<int> Create(SlotPlace place, CancellationToken cancel)
    {
        await Ready(cancel);
        var network = _slots.Create(place);
        var made = place with { Slot = place.Slot with { Network = network } };
        await _traffic.RequireFree(place.Slot.Stack.Manifest.Ports, made, AddressesOf(place.Instance), cancel);
        return network;
    }

    private async Task<Happening> ReExec(SlotPlace place, CancellationToken cancel)
    {
        var result = await _slots.Exec(place, place.Slot.Stack.Service.ReExec!.Command, cancel);
        return result.ExitCode == 0
            ? new Happening.Done()
            : new Happening.Failed("REEXEC_FAILED", $"the command to re-execute ended with {result.ExitCode}: {result.Error.Trim()}", Final: true);
    }

    private HashSet<string> AddressesOf(string instance) =>
        _networks.Of(instance).Select(n => Pool.Address(_options.AddressPool, n, 2).ToString()).ToHashSet(StringComparer.Ordinal);

    // The table is made when it is first needed, so that a device without instances has none.
    private async Task Ready(CancellationToken cancel)
    {
        using var turn = await _gate.Enter(cancel);
        if (!_opened) await _traffic.Open(cancel);
        _opened = true;
    }
}
