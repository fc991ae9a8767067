using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fleet.Images;

/// <summary>Names content by its SHA-256, in the form <c>sha256:…</c> of the OCI image specification.</summary>
[JsonConverter(typeof(DigestJson))]
public sealed record Digest
{
    private const string Prefix = "sha256:";
    private const int HexLength = 64;
    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    private Digest(string hex) => Hex = hex;

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public string Hex { get; }

    /// <summary>The digest of these bytes.</summary>
    public static Digest Of(ReadOnlySpan<byte> content) => new(Convert.ToHexStringLower(SHA256.HashData(content)));

    /// <summary>The digest of what can be read from here to the end of the stream.</summary>
    public static async Task<Digest> Of(Stream content, CancellationToken cancel = default) =>
        new(Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancel)));

    /// <summary>Reads <c>sha256:</c> and 64 lower-case hexadecimal digits.</summary>
    /// <exception cref="FormatException">It is anything else.</exception>
    public static Digest Parse(string text) => TryParse(text, out var digest)
        ? digest
        : throw new FormatException($"'{text}' is no digest: expected sha256: and {HexLength} lower-case hexadecimal digits");

    /// <summary>Reads a digest if it is one.</summary>
    public static bool TryParse(string? text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Digest? digest)
    {
        digest = text is not null
            && text.Length == Prefix.Length + HexLength
            && text.StartsWith(Prefix, StringComparison.Ordinal)
            && text.AsSpan(Prefix.Length).IndexOfAnyExcept(HexDigits) < 0
            ? new Digest(text[Prefix.Length..])
            : null;
        return digest is not null;
    }

    /// <summary><c>sha256:…</c>.</summary>
    public override string ToString() => Prefix + Hex;
}

/// <summary>The JSON form of a digest; open to the contexts of other assemblies.</summary>
public sealed class DigestJson : JsonConverter<Digest>
{
    public override Digest Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Digest.TryParse(reader.GetString(), out var digest) ? digest : throw new JsonException("expected a digest, sha256:…");

    public override void Write(Utf8JsonWriter writer, Digest value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
