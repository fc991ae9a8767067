using System.Runtime.CompilerServices;
using Fleet.Protocol.V1;

namespace Fleet.Client;

/// <summary>What was done, by whom, why, and how it ended.</summary>
public sealed class FleetAudit
{
    private const uint PageSize = 200;

    private readonly FleetConnection _connection;
    private readonly Audit.AuditClient _audit;

    internal FleetAudit(FleetConnection connection) => (_connection, _audit) = (connection, new Audit.AuditClient(connection.Invoker));

    /// <summary>All records of a resource or of <c>resource/instance</c>, or all there are; page after page, as they are read.</summary>
    public async IAsyncEnumerable<AuditRecord> List(string subject = "", [EnumeratorCancellation] CancellationToken cancel = default)
    {
        var request = new ListRecordsRequest { Subject = subject, PageSize = PageSize };
        do
        {
            var page = await _connection.Call(Repeat.Safe, call => _audit.ListRecordsAsync(request, call), cancel);
            foreach (var record in page.Records) yield return record;
            request = new ListRecordsRequest(request) { PageToken = page.NextPageToken };
        }
        while (request.PageToken.Length > 0);
    }

    /// <summary>Lets the engine recompute the hash chains.</summary>
    public Task<VerifyResponse> Verify(CancellationToken cancel = default) =>
        _connection.Call(Repeat.Safe, call => _audit.VerifyAsync(new VerifyRequest(), call), cancel);
}
