using System.Net;
using Fleet.Audit;
using Google.Protobuf;

namespace Fleet.Gateway;

public sealed class AuditTests : IAsyncLifetime
{
    private readonly TestGateway gateway = new();

    private Wire.Audit.AuditClient Audit => new(gateway.Grpc(gateway.ApiPort, key: gateway.Key));

    public ValueTask InitializeAsync() => gateway.InitializeAsync();

    public ValueTask DisposeAsync() => gateway.DisposeAsync();

    [Theory]
    [InlineData(1u)]
    [InlineData(7u)]
    [InlineData(1000u)]
    public async Task Pages_together_are_all_records_by_time_each_once(uint size)
    {
        await Fill(300);

        var records = await All("", size);
        Assert.Equal(300, records.Select(r => r.Id).Distinct().Count());
        Assert.Equal(300, records.Count);
        Assert.Equal(records.Select(r => r.At).OrderBy(t => t), records.Select(r => r.At));
    }

    [Fact]
    public async Task A_resource_as_subject_includes_its_instances_and_nothing_else()
    {
        await Fill(60);

        Assert.Equal(["edge-1", "edge-1/web"], (await All("edge-1", 10)).Select(r => r.Subject).Distinct().Order());
        Assert.Equal(["edge-1/web"], (await All("edge-1/web", 10)).Select(r => r.Subject).Distinct());
    }

    [Fact]
    public async Task A_token_that_was_forged_changed_or_made_for_another_listing_is_refused()
    {
        await Fill(30);
        var token = (await Audit.ListRecordsAsync(new Wire.ListRecordsRequest { PageSize = 10 })).NextPageToken;
        var changed = (token[0] == 'A' ? 'B' : 'A') + token[1..];

        foreach (var (subject, forged) in new[] { ("", "1"), ("", changed), ("", token + "A"), ("edge-1", token), ("", new string('A', token.Length)) })
        {
            var refusal = await AccessTests.Refused(StatusCode.InvalidArgument, "REQUEST_INVALID",
                () => Audit.ListRecordsAsync(new Wire.ListRecordsRequest { Subject = subject, PageToken = forged }).ResponseAsync);
            Assert.Equal("pageToken", Assert.Single(refusal.Errors).Field);
        }
    }

    [Fact]
    public async Task A_page_token_outlives_a_restart()
    {
        await Fill(30);
        var first = await Audit.ListRecordsAsync(new Wire.ListRecordsRequest { PageSize = 10 });
        var key = gateway.Key;
        await gateway.Stop();
        await gateway.Start();

        using var response = await gateway.Http(key).GetAsync($"/v1/audit?pageSize=1000&pageToken={first.NextPageToken}");
        Assert.Equal(20, JsonParser.Default.Parse<Wire.ListRecordsResponse>(await response.Content.ReadAsStringAsync()).Records.Count);
    }

    [Fact]
    public async Task Whole_chains_are_valid_and_a_changed_or_missing_record_is_found()
    {
        await Fill(50);
        Assert.Equal((true, 50ul), (await Audit.VerifyAsync(new Wire.VerifyRequest()) is var whole ? (whole.Valid, whole.Records) : default));

        var chain = gateway.Grains.Audit(3).Records;
        var record = chain[2];
        chain[2] = record with { Entry = record.Entry with { Outcome = "FORGED" } };
        var changed = await Audit.VerifyAsync(new Wire.VerifyRequest());
        Assert.False(changed.Valid);
        Assert.Contains("shard 3", changed.Detail, StringComparison.Ordinal);

        chain[2] = record;
        chain.RemoveAt(1);
        using var response = await gateway.Http().GetAsync("/v1/audit:verify");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.False(JsonParser.Default.Parse<Wire.VerifyResponse>(await response.Content.ReadAsStringAsync()).Valid);
    }

    private async Task Fill(int count)
    {
        string[] subjects = ["edge-1", "edge-1/web", "edge-10", "edge-10/web", "image:web"];
        for (var i = 0; i < count; i++)
        {
            // Not in the order of shards, and some at the same time.
            await gateway.Grains.Audit(i * 5 % AuditGrains.Shards).Append([new AuditEntry
            {
                Id = $"e{i}",
                At = gateway.Time.GetUtcNow().AddSeconds(i / 2),
                Actor = "engine",
                Action = "test",
                Subject = subjects[i % subjects.Length],
            }]);
        }
    }

    private async Task<List<Wire.AuditRecord>> All(string subject, uint size)
    {
        var (records, token) = (new List<Wire.AuditRecord>(), "");
        do
        {
            var page = await Audit.ListRecordsAsync(new Wire.ListRecordsRequest { Subject = subject, PageSize = size, PageToken = token });
            Assert.InRange(page.Records.Count, 0, (int)size);
            records.AddRange(page.Records);
            token = page.NextPageToken;
        }
        while (token.Length > 0);
        return records;
    }
}
