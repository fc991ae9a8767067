using System.Formats.Tar;
using System.IO.Compression;
using System.Text;

namespace Fleet.Bench.Models;

/// <summary>Text files out of a tar archive, which may be gzipped, as may be the files in it.</summary>
internal static class TarText
{
    public static Dictionary<string, string> Load(string path, Func<string, bool> wanted)
    {
        using var file = File.OpenRead(path);
        using Stream stream = path.EndsWith("gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file;
        using var tar = new TarReader(stream);
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        while (tar.GetNextEntry() is { } entry)
        {
            var name = entry.Name.StartsWith("./", StringComparison.Ordinal) ? entry.Name[2..] : entry.Name;
            if (entry.DataStream is null || !wanted(name)) continue;
            using Stream content = name.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(entry.DataStream, CompressionMode.Decompress) : entry.DataStream;
            using var reader = new StreamReader(content, Encoding.UTF8);
            texts[name] = reader.ReadToEnd();
        }
        return texts;
    }
}
