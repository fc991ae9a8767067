using Fleet.Protocol.V1;

namespace Fleet.Client;

/// <summary>What was done, by whom, why, and how it ended.</summary>
public sealed class FleetAudit
{
    private readonly FleetConnection _connection;
    private readonly Audit.AuditClient _audit;

    internal FleetAudit(FleetConnection connection) => (_connection, _audit) = (connection, new Audit.AuditClient(connection.Invoker));

    /// <summary>All records of a subject, or all there are; page after page, as they are read.</summary>
    /// <param name="subject">A resource with its instances, <c>resource/instance</c>, <c>image:…</c>, <c>rollout:…</c>, <c>freeze:…</c>, <c>application:…</c> or <c>engine:backup</c>; empty is any.</param>
    /// <exception cref="FleetException">The engine refused, or can't be asked.</exception>
    public IAsyncEnumerable<AuditRecord> List(string subject = "", CancellationToken cancel = default) =>
        Pages.All((token, one) => ListPage(subject, Pages.Size, token, one), cancel);

    /// <summary>One page of them.</summary>
    /// <param name="subject">As for <see cref="List"/>.</param>
    /// <param name="size">At most so many; 0 leaves it to the engine.</param>
    /// <param name="token">Of the page before; empty is the first.</param>
    /// <exception cref="FleetException">The engine refused, or can't be asked.</exception>
    public async Task<Page<AuditRecord>> ListPage(string subject = "", int size = 0, string token = "", CancellationToken cancel = default)
    {
        var request = new ListRecordsRequest { Subject = subject, PageSize = (uint)size, PageToken = token };
        var page = await _connection.Call(Repeat.Safe, call => _audit.ListRecordsAsync(request, call), cancel);
        return new Page<AuditRecord>(page.Records, page.NextPageToken);
    }

    /// <summary>Lets the engine recompute the hash chains.</summary>
    /// <exception cref="FleetException">The engine refused, or can't be asked.</exception>
    public Task<VerifyResponse> Verify(CancellationToken cancel = default) =>
        _connection.Call(Repeat.Safe, call => _audit.VerifyAsync(new VerifyRequest(), call), cancel);
}
