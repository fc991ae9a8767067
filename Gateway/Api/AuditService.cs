using System.Collections.Immutable;
using System.Globalization;
using Fleet.Audit;

namespace Fleet.Gateway.Api;

/// <summary>The audit, read across its shards.</summary>
internal sealed class AuditService(IGrainFactory grains, PageTokens tokens) : Wire.Audit.AuditBase
{
    private const int ReadAtOnce = 1000;

    public override async Task<Wire.ListRecordsResponse> ListRecords(Wire.ListRecordsRequest request, ServerCallContext context)
    {
        new Check()
            .Text("subject", request.Subject, 256)
            .Page(tokens, Page.ListingOf("audit", request.Subject), request.PageSize, request.PageToken, out var page)
            .Done();

        ImmutableArray<long> positions = page.After.Length == 0 ? [.. new long[AuditGrains.Shards]] : [.. page.After.Split(',').Select(n => long.Parse(n, CultureInfo.InvariantCulture))];
        var merge = new AuditMerge(grains, positions, record => IsAbout(record.Entry.Subject, request.Subject));
        var (records, next) = await merge.Page(page.Size, context.CancellationToken);
        var response = new Wire.ListRecordsResponse { NextPageToken = next is { } more ? tokens.Write(page.Listing, string.Join(',', more)) : "" };
        response.Records.AddRange(records.Select(Wires.Of));
        return response;
    }

    public override async Task<Wire.VerifyResponse> Verify(Wire.VerifyRequest request, ServerCallContext context)
    {
        var shards = await Task.WhenAll(Enumerable.Range(0, AuditGrains.Shards).Select(shard => VerifyShard(shard, context.CancellationToken)));
        return new Wire.VerifyResponse
        {
            Valid = shards.All(s => s.Valid),
            Records = (ulong)shards.Sum(s => s.Records),
            Detail = string.Join("; ", shards.Where(s => !s.Valid).Select(s => s.Detail)),
        };
    }

    private async Task<ChainVerdict> VerifyShard(int shard, CancellationToken cancel)
    {
        var grain = grains.Audit(shard);
        // Counted first: what is appended while this reads only makes it longer.
        var count = await grain.Count();
        var whole = new ChainVerdict(true, 0, "", null);
        while (true)
        {
            cancel.ThrowIfCancellationRequested();
            var records = await grain.Read(whole.Records + 1, ReadAtOnce);
            if (records.IsEmpty) break;
            var part = AuditChain.Verify(records, whole.Last);
            whole = part with { Records = whole.Records + part.Records };
            if (!whole.Valid) return whole;
        }

        return whole.Records >= count ? whole : whole with { Valid = false, Detail = $"shard {shard}: its head counts {count} records, but {whole.Records} are there" };
    }

    private static bool IsAbout(string subject, string asked) => asked.Length == 0
        || subject == asked
        || (subject.Length > asked.Length && subject[asked.Length] == '/' && subject.StartsWith(asked, StringComparison.Ordinal));
}
