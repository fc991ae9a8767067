using System.Text.Json;
using System.Text.Json.Nodes;
using Fleet.Audit;
using FsCheck;
using FsCheck.Xunit;

namespace Fleet.Tests.Audit;

public sealed class AuditChainTests
{
    [Fact]
    public void A_chain_as_it_was_recorded_is_whole()
    {
        var chain = Chain(600);
        var verdict = AuditChain.Verify(chain);

        Assert.True(verdict.Valid);
        Assert.Equal(600, verdict.Records);
        Assert.True(AuditChain.Verify(chain[300..], chain[299]).Valid);
    }

    [Fact]
    public void The_canonical_form_never_changes()
    {
        var record = AuditChain.Link(3, 1, AuditChain.Start, Entry("edge-1/web:c:ended") with { Terminal = true, Reason = "grün" });

        // sha256 of the netstrings, computed apart.
        var text = $"64:{AuditChain.Start},1:3,1:1,18:edge-1/web:c:ended,28:2026-01-01T12:00:00.0000000Z,6:engine,12:change.ended,10:edge-1/web,1:c,5:grün,0:,0:,8:terminal,";
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text))), record.Hash);
    }

    [Property(MaxTest = 200)]
    public void Whatever_is_changed_left_out_repeated_or_exchanged_is_found(int where, byte how)
    {
        var chain = Chain(50).ToList();
        var at = (int)((uint)where % 48);
        switch (how % 6)
        {
            case 0: chain[at] = chain[at] with { Entry = chain[at].Entry with { Actor = "mallory" } }; break;
            case 1: chain.RemoveAt(at); break;
            case 2: chain.Insert(at, chain[at]); break;
            case 3: (chain[at], chain[at + 1]) = (chain[at + 1], chain[at]); break;
            case 4: chain[at] = chain[at] with { Entry = chain[at].Entry with { Terminal = !chain[at].Entry.Terminal } }; break;
            case 5: chain[at] = AuditChain.Link(0, chain[at].Number, at == 0 ? AuditChain.Start : chain[at - 1].Hash, chain[at].Entry with { Outcome = "FORGED" }); break;
        }

        var verdict = AuditChain.Verify(chain);

        Assert.False(verdict.Valid);
        Assert.NotEmpty(verdict.Detail);
    }

    [Fact]
    public void Text_that_moves_between_fields_gives_another_hash() => Assert.NotEqual(
        AuditChain.Link(0, 1, AuditChain.Start, Entry("a") with { Reason = "xy", Evidence = "z" }).Hash,
        AuditChain.Link(0, 1, AuditChain.Start, Entry("a") with { Reason = "x", Evidence = "yz" }).Hash);

    [Fact]
    public void A_segment_takes_no_more_than_it_has_room_for()
    {
        var entries = Enumerable.Range(0, 40).Select(i => Entry($"e{i}")).ToList();

        var full = AuditLog.Append(new AuditState(), 0, entries);
        Assert.True(full.Full);
        Assert.Equal(32, full.Count);

        var next = AuditLog.Append(AuditLog.Seal(full), 0, entries[32..]);
        Assert.Equal(40, next.Count);
        Assert.True(AuditChain.Verify([.. full.Open, .. next.Open]).Valid);
    }

    [Fact]
    public void A_chain_of_the_first_schema_goes_on_with_the_segments_that_it_has()
    {
        var older = JsonNode.Parse($$"""{"sealed":2,"sealedHash":"{{AuditChain.Start}}","open":[]}""")!.AsObject();

        var state = AuditState.Upgrade(older, 1).Deserialize<AuditState>(JsonSerializerOptions.Web)!;

        Assert.Equal(512, state.Count);
        Assert.Equal(256, AuditLog.Append(state, 0, [.. Enumerable.Range(0, 300).Select(i => Entry($"e{i}"))]).Open.Length);
    }

    internal static AuditEntry Entry(string id) => new()
    {
        Id = id,
        At = Sample.Noon,
        Actor = "engine",
        Action = "change.ended",
        Subject = "edge-1/web",
        Change = "c",
    };

    private static AuditRecord[] Chain(int length)
    {
        var records = new List<AuditRecord>();
        for (var i = 1; i <= length; i++) records.Add(AuditChain.Link(0, i, records.Count == 0 ? AuditChain.Start : records[^1].Hash, Entry($"e{i}")));
        return [.. records];
    }
}
