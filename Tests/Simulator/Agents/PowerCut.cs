using Fleet.Agent.Link;

namespace Fleet.Simulation;

/// <summary>
/// What a power cut leaves of an agent's spool: all that was synced, of what was only written a part, and of a fact that was just
/// being written its beginning. The journal needs none of this: it replaces whole files, so a cut leaves the old one or the new one.
/// </summary>
internal static class PowerCut
{
    /// <param name="synced">False: the agent never synced anything.</param>
    public static void Strike(string directory, Weather weather, bool synced)
    {
        var path = Path.Combine(directory, "facts.spool");
        if (!File.Exists(path)) return;
        ReadOnlyMemory<byte> content = File.ReadAllBytes(path);
        var safe = synced ? SafeEnd(content, out var last) : SafeEnd(content, out last) / 2;
        var left = content[..(safe + weather.Below(content.Length - safe + 1))].ToArray();
        var torn = last.IsEmpty ? [] : last[..weather.Below(last.Length)].ToArray();
        File.WriteAllBytes(path, [.. left, .. torn]);
    }

    // A fact is synced with all that stands before it, and so is what a rewritten file begins with; later acknowledgements are not.
    private static int SafeEnd(ReadOnlyMemory<byte> content, out ReadOnlyMemory<byte> last)
    {
        var (safe, counted) = (0, false);
        last = default;
        for (var at = 0; at < content.Length && SpoolFrame.TryRead(content[at..], out var frame); at += frame.Length)
        {
            var end = at + frame.Length;
            if (frame.Kind == FrameKind.Report) last = content[at..end];
            if (frame.Kind != FrameKind.Acknowledged || counted) safe = end;
            counted = frame.Kind == FrameKind.Counter;
        }

        return safe;
    }
}
