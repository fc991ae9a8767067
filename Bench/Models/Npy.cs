using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace Fleet.Bench.Models;

/// <summary>One array of a numpy file: its shape and its values, row by row.</summary>
/// <remarks>Format: numpy.lib.format, versions 1 and 2; little-endian f4, f8, u1 and U, in C order.</remarks>
internal sealed record Npy(int[] Shape, double[] Values, string[] Texts)
{
    /// <summary>All arrays of an npz file by name, without the ".npy".</summary>
    public static Dictionary<string, Npy> Load(string path, Func<string, bool> wanted)
    {
        using var zip = ZipFile.OpenRead(path);
        var arrays = new Dictionary<string, Npy>(StringComparer.Ordinal);
        foreach (var entry in zip.Entries.Where(e => wanted(e.FullName)))
        {
            using var stream = entry.Open();
            using var memory = new MemoryStream();
            stream.CopyTo(memory);
            arrays[entry.FullName[..^".npy".Length]] = Parse(memory.ToArray());
        }
        return arrays;
    }

    /// <summary>The row of a matrix.</summary>
    public ReadOnlySpan<double> Row(int row) => Values.AsSpan(row * Shape[1], Shape[1]);

    private static Npy Parse(byte[] file)
    {
        var wide = file[6] >= 2;
        var headerLength = wide ? BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(8)) : BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(8));
        var start = wide ? 12 : 10;
        var header = Encoding.ASCII.GetString(file, start, headerLength);
        var type = Regex.Match(header, "'descr': '([^']+)'").Groups[1].Value;
        var shape = Regex.Matches(Regex.Match(header, @"'shape': \(([^)]*)\)").Groups[1].Value, @"\d+").Select(m => int.Parse(m.Value)).ToArray();
        if (header.Contains("'fortran_order': True", StringComparison.Ordinal)) throw new NotSupportedException("arrays in Fortran order");

        var data = file.AsSpan(start + headerLength);
        return type switch
        {
            "<f4" => new(shape, [.. Array.ConvertAll(MemoryMarshal.Cast<byte, float>(data).ToArray(), v => (double)v)], []),
            "<f8" => new(shape, MemoryMarshal.Cast<byte, double>(data).ToArray(), []),
            "|u1" => new(shape, Array.ConvertAll(data.ToArray(), v => (double)v), []),
            ['<', 'U', .. var width] => new(shape, [], Strings(data, int.Parse(width))),
            _ => throw new NotSupportedException($"numpy type {type}"),
        };
    }

    private static string[] Strings(ReadOnlySpan<byte> data, int width)
    {
        var texts = new string[data.Length / (4 * width)];
        for (var i = 0; i < texts.Length; i++) texts[i] = Encoding.UTF32.GetString(data.Slice(i * 4 * width, 4 * width)).TrimEnd('\0');
        return texts;
    }
}
