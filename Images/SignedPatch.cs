using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Fleet.Images;

/// <summary>Why an envelope was not believed; the wire form is UPPER_CASE.</summary>
public enum EnvelopeRefusal
{
    None,

    /// <summary>It is not a DSSE envelope with a patch in it.</summary>
    Malformed,

    /// <summary>No signature by a trusted key.</summary>
    SignatureInvalid,

    /// <summary>The kind of patch is not known to this program.</summary>
    KindUnknown,

    /// <summary>Its time has passed.</summary>
    PatchExpired,
}

/// <summary>A verified patch and who signed it, or why it was refused.</summary>
public sealed record VerifiedPatch(Patch? Patch, string KeyId, EnvelopeRefusal Refusal, string Detail);

/// <summary>
/// Signs and verifies patches: ECDSA P-256 with SHA-256 in a DSSE envelope (Dead Simple Signing Envelope, protocol 1.0).
/// The signature covers the payload's bytes and type, so the payload is never parsed before it is believed.
/// </summary>
public static class SignedPatch
{
    /// <summary>Signs a patch; the envelope is JSON.</summary>
    public static byte[] Sign(Patch patch, ECDsa key)
    {
        var payload = PatchJson.Write(patch);
        var signature = key.SignData(PreAuthentication(MediaTypes.Patch, payload), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        return JsonSerializer.SerializeToUtf8Bytes(
            new Envelope(MediaTypes.Patch, payload, [new EnvelopeSignature(KeyId(key), signature)]), EnvelopeJson.Default.Envelope);
    }

    /// <summary>Verifies an envelope against the trusted keys; <paramref name="now"/> decides the expiry.</summary>
    public static VerifiedPatch Verify(ReadOnlySpan<byte> envelope, IReadOnlyCollection<ECDsa> trusted, DateTimeOffset now)
    {
        Envelope? read;
        try { read = JsonSerializer.Deserialize(envelope, EnvelopeJson.Default.Envelope); }
        catch (JsonException e) { return Refuse(EnvelopeRefusal.Malformed, $"not a DSSE envelope: {e.Message}"); }
        if (read is not { PayloadType: MediaTypes.Patch, Payload.Length: > 0 })
            return Refuse(EnvelopeRefusal.Malformed, $"expected a DSSE envelope with payloadType {MediaTypes.Patch}");

        var signed = PreAuthentication(read.PayloadType, read.Payload);
        var signer = trusted.FirstOrDefault(key => read.Signatures.Any(s =>
            key.VerifyData(signed, s.Sig, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)));
        if (signer is null)
            return Refuse(EnvelopeRefusal.SignatureInvalid, read.Signatures.IsDefaultOrEmpty ? "the patch is not signed" : "no signature by a trusted publisher key fits the content");

        var (patch, refusal, detail) = PatchJson.Read(read.Payload);
        if (patch is null) return Refuse(refusal, detail);
        return now >= patch.Expires
            ? Refuse(EnvelopeRefusal.PatchExpired, $"patch '{patch.Id}' expired at {patch.Expires:u}")
            : new VerifiedPatch(patch, KeyId(signer), EnvelopeRefusal.None, "");
    }

    /// <summary>A key's name: SHA-256 over its SubjectPublicKeyInfo, hexadecimal.</summary>
    public static string KeyId(ECDsa key) => Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()));

    // DSSE's PAE: "DSSEv1" SP LEN(type) SP type SP LEN(body) SP body.
    private static byte[] PreAuthentication(string type, byte[] payload) =>
        [.. Encoding.UTF8.GetBytes($"DSSEv1 {Encoding.UTF8.GetByteCount(type)} {type} {payload.Length} "), .. payload];

    private static VerifiedPatch Refuse(EnvelopeRefusal refusal, string detail) => new(null, "", refusal, detail);
}

internal sealed record Envelope(string PayloadType, byte[] Payload, ImmutableArray<EnvelopeSignature> Signatures);

internal sealed record EnvelopeSignature(string KeyId, byte[] Sig);
