using System.Buffers.Text;
using System.Text;

namespace Orleans.Runtime;

/// <summary>Keys that are numbers or Guids: numbers in upper-case hexadecimal, Guids as 32 digits, each with an optional <c>+extension</c>.</summary>
public static class GrainIdKeyExtensions
{
    private const char Plus = '+';

    /// <summary>The key of a number.</summary>
    public static IdSpan CreateIntegerKey(long key) => IdSpan.Create($"{key:X}");

    /// <summary>The key of a number and an extension.</summary>
    public static IdSpan CreateIntegerKey(long key, string? keyExtension) => IdSpan.Create(Extended($"{key:X}", keyExtension));

    /// <summary>The key of a Guid.</summary>
    public static IdSpan CreateGuidKey(Guid key) => IdSpan.Create($"{key:N}");

    /// <summary>The key of a Guid and an extension.</summary>
    public static IdSpan CreateGuidKey(Guid key, string? keyExtension) => IdSpan.Create(Extended($"{key:N}", keyExtension));

    /// <summary>The number in a key, if it is one.</summary>
    public static bool TryGetIntegerKey(this GrainId grainId, out long key, out string? keyExt)
    {
        var number = Split(grainId, out keyExt);
        return Utf8Parser.TryParse(number, out key, out var length, 'X') && length == number.Length;
    }

    /// <summary>The number in a key.</summary>
    public static long GetIntegerKey(this GrainId grainId, out string? keyExt) =>
        grainId.TryGetIntegerKey(out var key, out keyExt) ? key : throw Unfit(grainId, "an Integer");

    /// <summary>The number in a key.</summary>
    public static long GetIntegerKey(this GrainId grainId) => grainId.GetIntegerKey(out _);

    /// <summary>The Guid in a key, if it is one.</summary>
    public static bool TryGetGuidKey(this GrainId grainId, out Guid key, out string? keyExt)
    {
        var digits = Split(grainId, out keyExt);
        return Utf8Parser.TryParse(digits, out key, out var length, 'N') && length == digits.Length;
    }

    /// <summary>The Guid in a key.</summary>
    public static Guid GetGuidKey(this GrainId grainId, out string? keyExt) =>
        grainId.TryGetGuidKey(out var key, out keyExt) ? key : throw Unfit(grainId, "a Guid");

    /// <summary>The Guid in a key.</summary>
    public static Guid GetGuidKey(this GrainId grainId) => grainId.GetGuidKey(out _);

    private static string Extended(string key, string? extension) => string.IsNullOrWhiteSpace(extension) ? key : $"{key}{Plus}{extension}";

    private static ReadOnlySpan<byte> Split(GrainId grainId, out string? extension)
    {
        var key = grainId.Key.AsSpan();
        var at = key.IndexOf((byte)Plus);
        extension = at < 0 ? null : Encoding.UTF8.GetString(key[(at + 1)..]);
        return at < 0 ? key : key[..at];
    }

    private static ArgumentException Unfit(GrainId grainId, string kind) => new($"Value \"{grainId}\" is not in the correct format for {kind} key.");
}
