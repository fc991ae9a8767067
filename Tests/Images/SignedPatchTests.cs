using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace Fleet.Images;

public sealed class SignedPatchTests
{
    private static readonly ECDsa Publisher = Sample.Key();
    private static readonly ECDsa Stranger = Sample.Key();

    [Fact]
    public void A_patch_comes_back_as_it_was_signed()
    {
        var patch = Sample.Hotfix() with { Reversible = false };
        var verified = Verify(SignedPatch.Sign(patch, Publisher));

        Assert.Equal(EnvelopeRefusal.None, verified.Refusal);
        Assert.Equal(SignedPatch.KeyId(Publisher), verified.KeyId);
        Assert.Equal(Encoding.UTF8.GetString(PatchJson.Write(patch)), Encoding.UTF8.GetString(PatchJson.Write(verified.Patch!)));
        Assert.False(verified.Patch!.Reversible);
    }

    [Fact]
    public void Any_bit_flipped_anywhere_is_refused()
    {
        var envelope = SignedPatch.Sign(Sample.Hotfix(), Publisher);
        for (var i = 0; i < envelope.Length; i++)
        {
            for (var bit = 0; bit < 8; bit++)
            {
                var flipped = envelope.ToArray();
                flipped[i] ^= (byte)(1 << bit);
                Assert.True(Verify(flipped).Refusal != EnvelopeRefusal.None, $"bit {bit} of byte {i} was not noticed");
            }
        }
    }

    [Property(MaxTest = 500)]
    public Property Any_byte_changed_to_any_other_is_refused() => Prop.ForAll(
        Gen.Choose(0, 100_000).Zip(Gen.Choose(1, 255)).ToArbitrary(), change =>
        {
            var envelope = SignedPatch.Sign(Sample.Layer(), Publisher);
            envelope[change.Item1 % envelope.Length] ^= (byte)change.Item2;
            return Verify(envelope).Refusal != EnvelopeRefusal.None;
        });

    [Property(MaxTest = 500)]
    public bool Whatever_comes_is_refused_and_never_thrown(byte[] noise) =>
        Verify(noise).Refusal == EnvelopeRefusal.Malformed;

    [Fact]
    public void Another_publishers_signature_is_not_trusted() =>
        Assert.Equal(EnvelopeRefusal.SignatureInvalid, Verify(SignedPatch.Sign(Sample.Layer(), Stranger)).Refusal);

    [Fact]
    public void A_strangers_signature_under_the_publishers_name_is_not_trusted()
    {
        var envelope = JsonNode.Parse(SignedPatch.Sign(Sample.Layer(), Stranger))!;
        envelope["signatures"]![0]!["keyid"] = SignedPatch.KeyId(Publisher);
        Assert.Equal(EnvelopeRefusal.SignatureInvalid, Verify(Bytes(envelope)).Refusal);
    }

    [Fact]
    public void One_of_several_trusted_keys_is_enough() =>
        Assert.Equal(SignedPatch.KeyId(Stranger), SignedPatch.Verify(SignedPatch.Sign(Sample.Layer(), Stranger), [Publisher, Stranger], Sample.Noon).KeyId);

    [Fact]
    public void No_trusted_key_trusts_nothing() =>
        Assert.Equal(EnvelopeRefusal.SignatureInvalid, SignedPatch.Verify(SignedPatch.Sign(Sample.Layer(), Publisher), [], Sample.Noon).Refusal);

    [Theory]
    [InlineData("[]")]
    [InlineData("[null]")]
    [InlineData("""[{"keyid":"","sig":""}]""")]
    public void An_unsigned_patch_is_refused(string signatures)
    {
        var envelope = JsonNode.Parse(SignedPatch.Sign(Sample.Layer(), Publisher))!;
        envelope["signatures"] = JsonNode.Parse(signatures);
        Assert.Equal(EnvelopeRefusal.SignatureInvalid, Verify(Bytes(envelope)).Refusal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"payloadType":"application/vnd.fleet.patch.v1+json","payload":"","signatures":[]}""")]
    [InlineData("""{"payloadType":"application/vnd.fleet.patch.v1+json","payload":"e30=","signatures":null}""")]
    [InlineData("""{"payloadType":"text/plain","payload":"e30=","signatures":[]}""")]
    [InlineData("""{"payloadType":"application/vnd.fleet.patch.v1+json","payload":"%%%%","signatures":[]}""")]
    [InlineData("""{"payloadType":"application/vnd.fleet.patch.v1+json","payload":"e31=","signatures":[]}""")]
    public void What_is_no_envelope_is_malformed(string text) =>
        Assert.Equal(EnvelopeRefusal.Malformed, Verify(Encoding.UTF8.GetBytes(text)).Refusal);

    [Fact]
    public void A_patch_is_good_until_the_moment_it_expires()
    {
        var envelope = SignedPatch.Sign(Sample.Layer(), Publisher);
        var expires = Sample.Layer().Expires;

        Assert.Equal(EnvelopeRefusal.None, SignedPatch.Verify(envelope, [Publisher], expires.AddTicks(-1)).Refusal);
        Assert.Equal(EnvelopeRefusal.PatchExpired, SignedPatch.Verify(envelope, [Publisher], expires).Refusal);
    }

    [Theory]
    [InlineData("kind", "\"firmware\"", EnvelopeRefusal.KindUnknown, "firmware")]
    [InlineData("kind", "\"Layer\"", EnvelopeRefusal.KindUnknown, "Layer")]
    [InlineData("kind", "0", EnvelopeRefusal.KindUnknown, "kind")]
    [InlineData("kind", null, EnvelopeRefusal.KindUnknown, "kind")]
    [InlineData("schema", "2", EnvelopeRefusal.Malformed, "schema")]
    [InlineData("schema", null, EnvelopeRefusal.Malformed, "schema")]
    [InlineData("id", "\"../up\"", EnvelopeRefusal.Malformed, "id")]
    [InlineData("id", null, EnvelopeRefusal.Malformed, "id")]
    [InlineData("image", "\"Web\"", EnvelopeRefusal.Malformed, "image")]
    [InlineData("expires", "\"2026-03-01T12:00:00Z\"", EnvelopeRefusal.Malformed, "expires")]
    [InlineData("expires", null, EnvelopeRefusal.Malformed, "expires")]
    [InlineData("fixes", "[\"\"]", EnvelopeRefusal.Malformed, "fixes")]
    [InlineData("fixes", "null", EnvelopeRefusal.Malformed, "fixes")]
    [InlineData("swap", null, EnvelopeRefusal.Malformed, "swap")]
    [InlineData("target", """{"version":"v1","manifest":{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:0000000000000000000000000000000000000000000000000000000000000000","size":1}}""", EnvelopeRefusal.Malformed, "target")]
    [InlineData("swap.component", "\"libssl3\"", EnvelopeRefusal.Malformed, "component")]
    [InlineData("swap.component", "\"pkg:deb/debian/libssl3@3.0.17\"", EnvelopeRefusal.Malformed, "component")]
    [InlineData("swap.fromVersion", "\"\"", EnvelopeRefusal.Malformed, "fromVersion")]
    [InlineData("swap.toVersion", "\"3.0.17\"", EnvelopeRefusal.Malformed, "toVersion")]
    [InlineData("swap.toVersion", "\"3.0.9\"", EnvelopeRefusal.Malformed, "toVersion")]
    [InlineData("swap.files", "[]", EnvelopeRefusal.Malformed, "files")]
    [InlineData("swap.files", "[\"../etc/passwd\"]", EnvelopeRefusal.Malformed, "files")]
    [InlineData("swap.files", "[\"/etc/passwd\"]", EnvelopeRefusal.Malformed, "files")]
    [InlineData("swap.files", "[null]", EnvelopeRefusal.Malformed, "files")]
    [InlineData("swap.files", null, EnvelopeRefusal.Malformed, "files")]
    [InlineData("swap.layer", null, EnvelopeRefusal.Malformed, "layer")]
    [InlineData("swap.layer.digest", "\"sha512:00\"", EnvelopeRefusal.Malformed, "digest")]
    [InlineData("swap.layer.digest", "7", EnvelopeRefusal.Malformed, "digest")]
    [InlineData("swap.layer.digest", "null", EnvelopeRefusal.Malformed, "digest")]
    [InlineData("swap.layer.size", "0", EnvelopeRefusal.Malformed, "size")]
    [InlineData("swap.layer.size", "99999999999999999999", EnvelopeRefusal.Malformed, "size")]
    [InlineData("swap.layer.mediaType", "\"text/plain\"", EnvelopeRefusal.Malformed, "mediaType")]
    public void A_wrong_member_is_named(string path, string? value, EnvelopeRefusal refusal, string named)
    {
        var root = JsonNode.Parse(PatchJson.Write(Sample.Hotfix()))!;
        var parts = path.Split('.');
        var parent = parts[..^1].Aggregate(root, (node, part) => node[part]!).AsObject();
        parent.Remove(parts[^1]);
        if (value is not null) parent[parts[^1]] = JsonNode.Parse(value);

        var verified = Verify(Signed(Bytes(root)));

        Assert.Equal(refusal, verified.Refusal);
        Assert.Contains(named, verified.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_member_twice_is_refused() =>
        Assert.Equal(EnvelopeRefusal.Malformed, Verify(Signed("""{"kind":"layer","kind":"hotfix"}"""u8.ToArray())).Refusal);

    [Fact]
    public void Bytes_that_are_no_text_are_refused() =>
        Assert.Equal(EnvelopeRefusal.Malformed, Verify(Signed([.. "{\"kind\":\"layer\",\"schema\":1,\"id\":\""u8, 0xff, 0xfe, .. "\"}"u8])).Refusal);

    [Fact]
    public void What_a_patch_leaves_out_has_its_default()
    {
        var root = JsonNode.Parse(PatchJson.Write(Sample.Layer()))!.AsObject();
        root.Remove("reversible");
        root.Remove("fixes");
        root["comment"] = "from a newer program";

        var patch = Verify(Signed(Bytes(root))).Patch!;

        Assert.True(patch.Reversible);
        Assert.Empty(patch.Fixes);
    }

    [Fact]
    public void Nobody_signs_what_no_one_could_read()
    {
        Assert.Throws<ArgumentException>(() => SignedPatch.Sign(Sample.Layer() with { Id = "No Name" }, Publisher));
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        Assert.Throws<ArgumentException>(() => SignedPatch.Sign(Sample.Layer(), other));
    }

    [Fact]
    public void The_envelope_is_what_DSSE_says()
    {
        var envelope = JsonNode.Parse(SignedPatch.Sign(Sample.Layer(), Publisher))!.AsObject();

        Assert.Equal(["payloadType", "payload", "signatures"], envelope.Select(m => m.Key));
        Assert.Equal(["keyid", "sig"], envelope["signatures"]![0]!.AsObject().Select(m => m.Key));
        var body = Convert.FromBase64String((string)envelope["payload"]!);
        byte[] signed = [.. "DSSEv1 35 application/vnd.fleet.patch.v1+json "u8, .. Encoding.ASCII.GetBytes($"{body.Length} "), .. body];
        Assert.True(Publisher.VerifyData(signed, Convert.FromBase64String((string)envelope["signatures"]![0]!["sig"]!), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
    }

    private static VerifiedPatch Verify(byte[] envelope) => SignedPatch.Verify(envelope, [Publisher], Sample.Noon);

    private static byte[] Bytes(JsonNode node) => Encoding.UTF8.GetBytes(node.ToJsonString());

    private static byte[] Signed(byte[] payload) => Envelope.Write(MediaTypes.Patch, payload, SignedPatch.KeyId(Publisher), Publisher.SignData(
        [.. Encoding.ASCII.GetBytes($"DSSEv1 {MediaTypes.Patch.Length} {MediaTypes.Patch} {payload.Length} "), .. payload],
        HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
}
