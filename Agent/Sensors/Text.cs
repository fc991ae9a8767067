using System.Buffers.Text;

namespace Fleet.Agent.Sensors;

/// <summary>Walks over the kernel's text, line by line and word by word, without making strings.</summary>
internal static class Text
{
    /// <summary>Takes the first line off the text; false when there is none.</summary>
    public static bool NextLine(scoped ref ReadOnlySpan<byte> text, out ReadOnlySpan<byte> line)
    {
        line = default;
        if (text.IsEmpty) return false;
        var end = text.IndexOf((byte)'\n');
        line = end < 0 ? text : text[..end];
        text = end < 0 ? default : text[(end + 1)..];
        return true;
    }

    /// <summary>Takes the first word off the line; empty when there is none.</summary>
    public static ReadOnlySpan<byte> NextWord(scoped ref ReadOnlySpan<byte> line)
    {
        var start = line.IndexOfAnyExcept((byte)' ', (byte)'\t');
        if (start < 0)
        {
            line = default;
            return default;
        }

        line = line[start..];
        var end = line.IndexOfAny((byte)' ', (byte)'\t');
        var word = end < 0 ? line : line[..end];
        line = end < 0 ? default : line[end..];
        return word;
    }

    /// <summary>Drops so many words.</summary>
    public static void SkipWords(scoped ref ReadOnlySpan<byte> line, int count)
    {
        while (count-- > 0) NextWord(ref line);
    }

    /// <summary>A whole word that is a number without sign; null for anything else.</summary>
    public static ulong? Number(ReadOnlySpan<byte> word) =>
        Utf8Parser.TryParse(word, out ulong value, out var used) && used == word.Length ? value : null;

    /// <summary>The number on the first line, as in cgroup files; null for "max" and anything else.</summary>
    public static ulong? FirstNumber(ReadOnlySpan<byte> text) => NextLine(ref text, out var line) ? Number(NextWord(ref line)) : null;

    /// <summary>The number after a key at the beginning of a line, as in cpu.stat and meminfo; null when it isn't there.</summary>
    public static ulong? Keyed(ReadOnlySpan<byte> text, ReadOnlySpan<byte> key)
    {
        while (NextLine(ref text, out var line))
            if (NextWord(ref line).SequenceEqual(key)) return Number(NextWord(ref line));
        return null;
    }
}
