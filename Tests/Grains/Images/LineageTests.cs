using System.Security.Cryptography;
using Fleet.Committing;
using Fleet.Images;
using Microsoft.Extensions.Options;

namespace Fleet.Tests.Images;

public sealed class LineageTests
{
    private static readonly Publishers Publishers = Believe(Sample.Key);

    [Fact]
    public void A_signed_patch_is_published_and_recorded()
    {
        var published = Publish(new ImageState(), Sample.Sign(Sample.Hotfix("fix", "3.0.2")));

        Assert.Equal(PublishAnswerKind.Published, published.Answer.Kind);
        Assert.Equal("fix", Assert.Single(published.State.Patches).Id);
        Assert.Equal("patch.published", Entry(published).Action);
    }

    [Fact]
    public void Published_again_it_changes_nothing()
    {
        var envelope = Sample.Sign(Sample.Hotfix("fix", "3.0.2"));
        var first = Publish(new ImageState(), envelope);

        var second = Publish(first.State, envelope);

        Assert.Same(first.State, second.State);
        Assert.Equal(PublishAnswerKind.Published, second.Answer.Kind);
        Assert.Empty(second.Effects);
    }

    [Fact]
    public void The_same_name_with_another_content_is_refused()
    {
        var first = Publish(new ImageState(), Sample.Sign(Sample.Hotfix("fix", "3.0.2")));

        Refused("PATCH_EXISTS", Publish(first.State, Sample.Sign(Sample.Hotfix("fix", "3.0.9"))));
    }

    [Fact]
    public void A_patch_signed_by_a_stranger_is_refused()
    {
        using var stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        Refused("SIGNATURE_INVALID", Publish(new ImageState(), Sample.Sign(Sample.Hotfix("fix", "3.0.2"), stranger)));
    }

    [Fact]
    public void Without_publishers_nothing_is_believed() => Refused("SIGNATURE_INVALID", Lineage.PublishPatch(
        new ImageState(), Sample.Image, Sample.Sign(Sample.Hotfix("fix", "3.0.2")),
        Believe().Verify(Sample.Sign(Sample.Hotfix("fix", "3.0.2")), Sample.Noon), "ada", Sample.Noon));

    [Fact]
    public void A_patch_that_is_out_of_date_is_refused() =>
        Refused("PATCH_EXPIRED", Publish(new ImageState(), Sample.Sign(Sample.Hotfix("fix", "3.0.2", expires: Sample.Noon))));

    [Fact]
    public void What_is_no_patch_is_refused() => Refused("MALFORMED", Publish(new ImageState(), [1, 2, 3]));

    [Fact]
    public void A_patch_for_another_image_is_refused() =>
        Refused("OTHER_IMAGE", Publish(new ImageState(), Sample.Sign(Sample.Hotfix("fix", "3.0.2") with { Image = "db" })));

    [Fact]
    public void The_same_refusal_twice_is_one_happening()
    {
        var (one, two) = (Publish(new ImageState(), [1, 2, 3]), Publish(new ImageState(), [1, 2, 3]));

        Assert.Equal(Entry(one).Id, Entry(two).Id);
        Assert.NotEqual(Entry(one).Id, Entry(Publish(new ImageState(), [1, 2, 4])).Id);
    }

    [Fact]
    public void A_version_never_changes()
    {
        var first = Lineage.PublishVersion(new ImageState(), Sample.Image, Sample.One, Sample.Noon);

        Assert.Same(first.State, Lineage.PublishVersion(first.State, Sample.Image, Sample.One, Sample.Noon).State);
        Refused("VERSION_EXISTS", Lineage.PublishVersion(first.State, Sample.Image, Sample.One with { Digest = Sample.Two.Digest }, Sample.Noon));
    }

    [Fact]
    public void A_version_with_a_broken_component_is_refused() =>
        Refused("COMPONENT_INVALID", Lineage.PublishVersion(new ImageState(), Sample.Image, Sample.One with { Components = ["libssl3"] }, Sample.Noon));

    [Fact]
    public void Quarantine_is_recorded_once()
    {
        var published = Publish(new ImageState(), Sample.Sign(Sample.Hotfix("fix", "3.0.2")));

        var once = Lineage.Quarantine(published.State, Sample.Image, "fix", "", "broke something", Sample.Noon);
        var twice = Lineage.Quarantine(once.State, Sample.Image, "fix", "", "again", Sample.Noon);

        Assert.Equal("broke something", Assert.Single(once.State.Patches).QuarantineReason);
        Assert.Same(once.State, twice.State);
        Assert.Empty(twice.Effects);
    }

    [Fact]
    public void Only_public_keys_on_P256_are_taken_from_the_configuration()
    {
        using var large = ECDsa.Create(ECCurve.NamedCurves.nistP384);

        Assert.Equal("", Publishers.Fault(Sample.Key.ExportSubjectPublicKeyInfoPem()));
        Assert.NotEqual("", Publishers.Fault(large.ExportSubjectPublicKeyInfoPem()));
        Assert.NotEqual("", Publishers.Fault("no key"));
    }

    [Fact]
    public void A_patch_that_was_believed_before_is_refused_once_it_has_expired()
    {
        var publishers = Believe(Sample.Key);
        var envelope = Sample.Sign(Sample.Hotfix("fix", "3.0.2", expires: Sample.Noon.AddHours(1)));

        var first = publishers.Verify(envelope, Sample.Noon);
        Assert.Same(first, publishers.Verify([.. envelope], Sample.Noon.AddMinutes(59)));
        Assert.Equal(EnvelopeRefusal.PatchExpired, publishers.Verify(envelope, Sample.Noon.AddHours(1)).Refusal);
    }

    internal static Publishers Believe(params ECDsa[] keys) =>
        new(Options.Create(new PublisherOptions { Keys = [.. keys.Select(k => k.ExportSubjectPublicKeyInfoPem())] }));

    private static Published Publish(ImageState state, ImmutableArray<byte> envelope) =>
        Lineage.PublishPatch(state, Sample.Image, envelope, Publishers.Verify(envelope, Sample.Noon), "ada", Sample.Noon);

    private static Fleet.Audit.AuditEntry Entry(Published published) => Assert.Single(published.Effects.OfType<Effect.Record>()).Entry;

    private static void Refused(string reason, Published published)
    {
        Assert.Equal((PublishAnswerKind.Refused, reason), (published.Answer.Kind, published.Answer.Reason));
        Assert.NotEmpty(published.Answer.Detail);
        Assert.Equal(reason, Entry(published).Reason);
    }
}
