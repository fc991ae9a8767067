using Fleet.Access;
using Fleet.Audit;
using Fleet.Images;
using Fleet.Tests.Audit;

namespace Fleet.Tests.Grains;

/// <summary>What the smaller grains keep.</summary>
public sealed class KeepingTests
{
    [Fact]
    public async Task The_audit_is_sealed_in_segments_and_whole_and_knows_what_it_has_after_a_restart()
    {
        await using var world = await World.Start();
        var audit = world.Cluster.Grains.Audit(3);
        var entries = Enumerable.Range(0, 600).Select(i => AuditChainTests.Entry($"e{i}")).ToImmutableArray();
        await audit.Append(entries);
        await audit.Append(entries[100..400]);

        await world.Restart();
        audit = world.Cluster.Grains.Audit(3);
        await audit.Append(entries);

        Assert.Equal(600, await audit.Count());
        var read = await audit.Read(1, 1000);
        Assert.True(AuditChain.Verify(read).Valid);
        Assert.Equal(entries.Select(e => e.Id), read.Select(r => r.Entry.Id));
        Assert.Equal([32L, 33L, 34L], (await audit.Read(32, 3)).Select(r => r.Number));
        Assert.Equal(32, (await world.Cluster.Grains.AuditSegment(3, 0).Read()).Length);
        Assert.Empty(await audit.Read(601, 10));
    }

    [Fact]
    public async Task A_crash_between_sealing_and_going_on_seals_the_same_records()
    {
        await using var world = await World.Start();
        var audit = world.Cluster.Grains.Audit(3);
        var entries = Enumerable.Range(0, 300).Select(i => AuditChainTests.Entry($"e{i}")).ToImmutableArray();
        await audit.Append(entries[..32]);
        world.Storage.Fail("audit");
        await Assert.ThrowsAnyAsync<Exception>(() => audit.Append(entries));

        await audit.Append(entries);

        Assert.Equal(300, await audit.Count());
        Assert.True(AuditChain.Verify(await audit.Read(1, 1000)).Valid);
    }

    [Fact]
    public async Task A_sealed_segment_takes_no_other_records()
    {
        await using var world = await World.Start();
        var segment = world.Cluster.Grains.AuditSegment(3, 0);
        var record = AuditChain.Link(3, 1, AuditChain.Start, AuditChainTests.Entry("a"));
        await segment.Seal([record]);
        await segment.Seal([record]);

        await Assert.ThrowsAnyAsync<Exception>(() => segment.Seal([AuditChain.Link(3, 1, AuditChain.Start, AuditChainTests.Entry("b"))]));
        Assert.Equal("a", Assert.Single(await segment.Read()).Entry.Id);
    }

    [Fact]
    public async Task A_refused_patch_leaves_exactly_one_record_however_often_it_is_tried()
    {
        await using var world = await World.Start();
        ImmutableArray<byte> broken = [1, 2, 3];

        for (var i = 0; i < 3; i++) Assert.Equal("MALFORMED", (await world.Image.PublishPatch(broken, "ada")).Reason);

        Assert.Equal("patch.refused", Assert.Single(await world.Audit("image:web")).Entry.Action);
        Assert.Empty((await world.Image.Show()).Patches);
    }

    [Fact]
    public async Task Images_survive_a_restart()
    {
        await using var world = await World.Start();
        await world.Image.PublishVersion(Sample.One);
        Assert.Equal(PublishAnswerKind.Published, (await world.Publish(Sample.Hotfix("fix", "3.0.2"))).Kind);
        await world.Image.Quarantine("fix", "", "broke something");

        await world.Restart();

        Assert.Equal("broke something", (await world.Image.Patch("fix"))!.QuarantineReason);
        Assert.Equal(Sample.One.Digest, (await world.Image.Version("1.0"))!.Digest);
        Assert.Null(await world.Image.Patch("other"));
    }

    [Fact]
    public async Task A_second_session_ends_the_first_and_acknowledgements_are_kept()
    {
        await using var world = await World.Start();
        await world.Connect("s1");
        Assert.Equal(7, await world.Resource.Acknowledge(7));
        Assert.Equal(7, await world.Resource.Acknowledge(5));

        await world.Connect("s2");
        Assert.Contains("s2", await world.Device.Closed, StringComparison.Ordinal);
        await world.Resource.Disconnect("s1");
        Assert.True((await world.Resource.Show()).Connected);
        await world.Resource.Disconnect("s2");
        Assert.False((await world.Resource.Show()).Connected);

        await world.Restart();
        Assert.Equal(7, (await world.Connect("s3")).Acknowledged);
    }

    [Fact]
    public async Task What_is_installed_is_kept()
    {
        await using var world = await World.Start();
        await world.Instance.Inventory(["pkg:deb/debian/nginx@1.22.1"]);
        await world.Resource.Inventory(["pkg:deb/debian/bash@5.2"]);
        await world.Resource.Enrolled("ff", Sample.Noon.AddDays(1));

        await world.Restart();

        Assert.Equal(["pkg:deb/debian/nginx@1.22.1"], (await world.Instance.Show()).Packages);
        var resource = await world.Resource.Show();
        Assert.Equal(["pkg:deb/debian/bash@5.2"], resource.Packages);
        Assert.Equal((true, Sample.Noon.AddDays(1)), (resource.Exists, resource.CertificateExpires));
    }

    [Fact]
    public async Task A_token_is_redeemed_once_also_across_a_restart()
    {
        await using var world = await World.Start();
        await world.Cluster.Grains.Enrolment("t").Offer("edge-1", Sample.Noon.AddHours(1), "ada");
        Assert.Equal(EnrolmentAnswerKind.Accepted, (await world.Cluster.Grains.Enrolment("t").Redeem("r1")).Kind);

        await world.Restart();

        Assert.Equal(EnrolmentAnswerKind.Used, (await world.Cluster.Grains.Enrolment("t").Redeem("r2")).Kind);
        Assert.Equal(EnrolmentAnswerKind.Accepted, (await world.Cluster.Grains.Enrolment("t").Redeem("r1")).Kind);
        Assert.Equal(["enrolment.offered", "enrolment.redeemed", "enrolment.refused"], (await world.Audit("edge-1")).Select(r => r.Entry.Action));
    }

    [Fact]
    public async Task The_first_operator_key_stays()
    {
        await using var world = await World.Start();
        var key = world.Cluster.Grains.OperatorKey("k");

        Assert.Null(await key.Find());
        Assert.True(await key.Create(new OperatorKey("ada", "00", "administrator")));
        Assert.False(await key.Create(new OperatorKey("mallory", "11", "administrator")));
        Assert.Equal("ada", (await key.Find())!.Name);
    }

    [Fact]
    public async Task Who_nobody_ever_asked_for_does_not_exist()
    {
        await using var world = await World.Start();

        Assert.False((await world.Instance.Show()).Exists);
        Assert.False((await world.Resource.Show()).Exists);
    }
}
