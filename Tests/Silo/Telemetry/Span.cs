using System.Text;

namespace Fleet.Silo.Telemetry;

/// <summary>A span as a collector hears of it; times in nanoseconds.</summary>
internal sealed record Span(string Trace, string Id, string Parent, string Name, ulong Start, ulong End, IReadOnlyDictionary<string, string> Tags, IReadOnlyList<string> Events, ulong Status)
{
    public const ulong Ok = 1;

    /// <summary>Reads opentelemetry.proto.trace.v1.Span.</summary>
    public static Span Read(byte[] message)
    {
        var fields = OtlpReceiver.Fields(message).ToLookup(f => f.Number);
        return new(Hex(1), Hex(2), Hex(4), Text(fields[5].FirstOrDefault().Bytes), fields[7].First().Value, fields[8].First().Value,
            fields[9].Select(f => OtlpReceiver.Fields(f.Bytes).ToLookup(a => a.Number)).ToDictionary(a => Text(a[1].First().Bytes), a => a[2].Select(v => Value(v.Bytes)).FirstOrDefault(""), StringComparer.Ordinal),
            [.. fields[11].Select(f => Text(OtlpReceiver.Fields(f.Bytes).First(e => e.Number == 2).Bytes))],
            fields[15].SelectMany(f => OtlpReceiver.Fields(f.Bytes)).Where(s => s.Number == 3).Select(s => s.Value).FirstOrDefault());

        string Hex(int number) => fields[number].Select(f => Convert.ToHexStringLower(f.Bytes)).FirstOrDefault("");
    }

    private static string Value(byte[] any) => OtlpReceiver.Fields(any).Select(v => v.Number == 1 ? Text(v.Bytes) : $"{v.Value}").FirstOrDefault("");

    private static string Text(byte[]? bytes) => Encoding.UTF8.GetString(bytes ?? []);
}
