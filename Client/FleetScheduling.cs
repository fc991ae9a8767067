using Fleet.Protocol.V1;
using Google.Protobuf.WellKnownTypes;

namespace Fleet.Client;

/// <summary>What may start now: freezes, and how many instances of an application may be out of service at once.</summary>
public sealed class FleetScheduling
{
    private readonly FleetConnection _connection;
    private readonly Scheduling.SchedulingClient _scheduling;

    internal FleetScheduling(FleetConnection connection) => (_connection, _scheduling) = (connection, new Scheduling.SchedulingClient(connection.Invoker));

    /// <summary>
    /// Stops the line: nothing new is dispatched in the whole fleet, or where all labels fit, at the latest 2 s later. Without
    /// an id it gets one here, so that it is safe to repeat.
    /// </summary>
    /// <param name="reason">Why; it goes into the audit, and is shown by whatever waits.</param>
    /// <param name="labels">Labels that an instance must have; null or empty is the whole fleet.</param>
    /// <param name="validFor">At most 90 days; null is 24 hours.</param>
    /// <param name="id">At most 64 letters, digits and <c>.-_</c>; null chooses one.</param>
    /// <exception cref="FleetException">The engine refused, or can't be asked.</exception>
    public Task<Freeze> CreateFreeze(
        string reason, IReadOnlyDictionary<string, string>? labels = null, TimeSpan? validFor = null, string? id = null, CancellationToken cancel = default)
    {
        var request = new CreateFreezeRequest { Freeze = string.IsNullOrEmpty(id) ? FleetConnection.NewId() : id, Reason = reason, ValidFor = validFor?.ToDuration() };
        foreach (var (key, value) in labels ?? new Dictionary<string, string>()) request.Labels.Add(key, value);
        return _connection.Call(Repeat.Safe, call => _scheduling.CreateFreezeAsync(request, call), cancel);
    }

    /// <summary>Ends a freeze. Safe to repeat.</summary>
    /// <exception cref="FleetException">There is none with this id.</exception>
    public Task<Freeze> LiftFreeze(string freeze, string reason = "", CancellationToken cancel = default) =>
        _connection.Call(Repeat.Safe, call => _scheduling.LiftFreezeAsync(new LiftFreezeRequest { Freeze = freeze, Reason = reason }, call), cancel);

    /// <summary>All freezes by id, lifted and expired ones of the last week too; page after page, as they are read.</summary>
    /// <param name="active">Only those that hold now.</param>
    /// <exception cref="FleetException">The engine refused, or can't be asked.</exception>
    public IAsyncEnumerable<Freeze> ListFreezes(bool active = false, CancellationToken cancel = default) =>
        Pages.All((token, one) => ListFreezesPage(active, Pages.Size, token, one), cancel);

    /// <summary>One page of them.</summary>
    /// <param name="active">Only those that hold now.</param>
    /// <param name="size">At most so many; 0 leaves it to the engine.</param>
    /// <param name="token">Of the page before; empty is the first.</param>
    /// <exception cref="FleetException">The engine refused, or can't be asked.</exception>
    public async Task<Page<Freeze>> ListFreezesPage(bool active = false, int size = 0, string token = "", CancellationToken cancel = default)
    {
        var request = new ListFreezesRequest { Active = active, PageSize = (uint)size, PageToken = token };
        var page = await _connection.Call(Repeat.Safe, call => _scheduling.ListFreezesAsync(request, call), cancel);
        return new Page<Freeze>(page.Freezes, page.NextPageToken);
    }

    /// <summary>Says how many instances of an application may be out of service at once: those that change, failed and offline ones count. Safe to repeat.</summary>
    /// <param name="application">What the instances' label <c>app</c> says.</param>
    /// <param name="maxOutOfService">At least 1.</param>
    /// <exception cref="FleetException">The engine refused, or can't be asked.</exception>
    public Task<Budget> SetBudget(string application, int maxOutOfService, string reason = "", CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxOutOfService, 1);
        var request = new SetBudgetRequest { Application = application, MaxOutOfService = (uint)maxOutOfService, Reason = reason };
        return _connection.Call(Repeat.Safe, call => _scheduling.SetBudgetAsync(request, call), cancel);
    }

    /// <summary>The budget of an application, and who uses it now.</summary>
    /// <exception cref="FleetException">The engine refused, or can't be asked.</exception>
    public Task<Budget> GetBudget(string application, CancellationToken cancel = default) =>
        _connection.Call(Repeat.Safe, call => _scheduling.GetBudgetAsync(new GetBudgetRequest { Application = application }, call), cancel);
}
