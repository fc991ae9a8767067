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
    private const string Curve = "1.2.840.10045.3.1.7";

    /// <summary>Signs a patch; the envelope is JSON.</summary>
    /// <exception cref="ArgumentException">The patch could not be read back, or the key is not of P-256.</exception>
    public static byte[] Sign(Patch patch, ECDsa key)
    {
        if (key.ExportParameters(includePrivateParameters: false).Curve.Oid.Value != Curve)
            throw new ArgumentException("the key must be ECDSA on curve P-256", nameof(key));
        var payload = PatchJson.Write(patch);
        if (PatchJson.Read(payload) is { Refusal: not EnvelopeRefusal.None, Detail: var detail }) throw new ArgumentException(detail, nameof(patch));
        var signature = key.SignData(PreAuthentication(MediaTypes.Patch, payload), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        return Envelope.Write(MediaTypes.Patch, payload, KeyId(key), signature);
    }

    /// <summary>Verifies an envelope against the trusted keys; <paramref name="now"/> decides the expiry.</summary>
    public static VerifiedPatch Verify(ReadOnlySpan<byte> envelope, IReadOnlyCollection<ECDsa> trusted, DateTimeOffset now)
    {
        Envelope read;
        try { read = Envelope.Read(envelope); }
        catch (JsonException e) { return Refuse(EnvelopeRefusal.Malformed, $"not a DSSE envelope: {e.Message}"); }
        if (read.PayloadType != MediaTypes.Patch || Envelope.Bytes(read.Payload) is not { Length: > 0 } payload)
            return Refuse(EnvelopeRefusal.Malformed, $"expected a DSSE envelope with payloadType {MediaTypes.Patch} and a base64 payload");

        var signed = PreAuthentication(read.PayloadType, payload);
        var signer = trusted.FirstOrDefault(key => read.Signatures.Any(s => IsBy(key, s, signed)));
        if (signer is null)
            return Refuse(EnvelopeRefusal.SignatureInvalid, read.Signatures.IsEmpty ? "the patch is not signed" : "no signature by a trusted publisher key fits the content");

        var (patch, refusal, detail) = PatchJson.Read(payload);
        if (patch is null) return Refuse(refusal, detail);
        return now >= patch.Expires
            ? Refuse(EnvelopeRefusal.PatchExpired, $"patch '{patch.Id}' expired at {patch.Expires:u}")
            : new VerifiedPatch(patch, KeyId(signer), EnvelopeRefusal.None, "");
    }

    /// <summary>A key's name: SHA-256 over its SubjectPublicKeyInfo, hexadecimal.</summary>
    public static string KeyId(ECDsa key) => Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()));

    // DSSE leaves the key's name outside the signature; held to it here, no byte of an envelope can be changed.
    private static bool IsBy(ECDsa key, EnvelopeSignature? signature, byte[] signed) =>
        signature is not null && signature.KeyId == KeyId(key) && Envelope.Bytes(signature.Sig) is { } bytes
        && key.VerifyData(signed, bytes, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);

    // DSSE's PAE: "DSSEv1" SP LEN(type) SP type SP LEN(body) SP body.
    private static byte[] PreAuthentication(string type, byte[] payload) =>
        [.. Encoding.UTF8.GetBytes($"DSSEv1 {Encoding.UTF8.GetByteCount(type)} {type} {payload.Length} "), .. payload];

    private static VerifiedPatch Refuse(EnvelopeRefusal refusal, string detail) => new(null, "", refusal, detail);
}
