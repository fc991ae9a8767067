using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Orleans.Runtime;

/// <summary>The bytes of an identity, as UTF-8 text. Ordered by bytes; its hash is the same in every process.</summary>
public readonly struct IdSpan : IEquatable<IdSpan>, IComparable<IdSpan>, ISpanFormattable
{
    private readonly byte[]? value;
    private readonly int hash;

    /// <summary>Takes the bytes over; they must not change afterwards.</summary>
    public IdSpan(byte[] value) => (this.value, hash) = (value, StableHash(value));

    /// <summary>The bytes.</summary>
    public ReadOnlyMemory<byte> Value => value;

    /// <summary>Whether this is no identity at all.</summary>
    public bool IsDefault => value is not { Length: > 0 };

    /// <summary>The identity with this text.</summary>
    public static IdSpan Create(string id) => new(Encoding.UTF8.GetBytes(id));

    /// <summary>The bytes.</summary>
    public ReadOnlySpan<byte> AsSpan() => value;

    /// <summary>A hash that is the same in every process.</summary>
    public uint GetUniformHashCode() => unchecked((uint)hash);

    /// <inheritdoc />
    public bool Equals(IdSpan other) =>
        ReferenceEquals(value, other.value)
        || (value is not null && other.value is not null && hash == other.hash && AsSpan().SequenceEqual(other.value));

    /// <inheritdoc />
    public override bool Equals([NotNullWhen(true)] object? obj) => obj is IdSpan other && Equals(other);

    /// <inheritdoc />
    public override int GetHashCode() => hash;

    /// <inheritdoc />
    public int CompareTo(IdSpan other) => AsSpan().SequenceCompareTo(other.AsSpan());

    /// <inheritdoc />
    public override string ToString() => value is null ? "" : Encoding.UTF8.GetString(value);

    string IFormattable.ToString(string? format, IFormatProvider? formatProvider) => ToString();

    bool ISpanFormattable.TryFormat(Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider) =>
        Encoding.UTF8.TryGetChars(AsSpan(), destination, out charsWritten);

    public static bool operator ==(IdSpan left, IdSpan right) => left.Equals(right);

    public static bool operator !=(IdSpan left, IdSpan right) => !left.Equals(right);

    public static bool operator <(IdSpan left, IdSpan right) => left.CompareTo(right) < 0;

    public static bool operator >(IdSpan left, IdSpan right) => left.CompareTo(right) > 0;

    public static bool operator <=(IdSpan left, IdSpan right) => left.CompareTo(right) <= 0;

    public static bool operator >=(IdSpan left, IdSpan right) => left.CompareTo(right) >= 0;

    /// <summary>FNV-1a.</summary>
    private static int StableHash(ReadOnlySpan<byte> bytes)
    {
        var hash = 2166136261u;
        foreach (var next in bytes) hash = unchecked((hash ^ next) * 16777619u);
        return unchecked((int)hash);
    }
}
