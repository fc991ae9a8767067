using Fleet.Fakes;
using Fleet.Protocol.V1;

namespace Fleet.Client;

public sealed class AuditTests
{
    [Fact]
    public async Task All_pages_are_read_and_in_their_order()
    {
        await using var engine = await FakeEngine.Start();
        engine.Fleet.Audit.AddRange(Enumerable.Range(1, 5).Select(n => new AuditRecord { Number = (ulong)n, Subject = n == 3 ? "web-2" : "web-1" }));
        using var client = engine.Client();
        var cancel = TestContext.Current.CancellationToken;

        Assert.Equal([1ul, 2, 3, 4, 5], await client.Audit.List(cancel: cancel).Select(r => r.Number).ToArrayAsync(cancel));
        Assert.Equal([1ul, 2, 4, 5], await client.Audit.List("web-1", cancel).Select(r => r.Number).ToArrayAsync(cancel));
    }
}
