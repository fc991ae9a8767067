using Google.Protobuf.WellKnownTypes;
using Fleet.Protocol.V1;

namespace Fleet.Cli;

/// <summary>How single facts are written for people.</summary>
internal static class Words
{
    public const string None = "-";

    /// <summary>Without control characters: texts come from devices and publishers, and must not steer the terminal.</summary>
    public static string Plain(string text) => text.Any(char.IsControl)
        ? string.Concat(text.Select(c => c is '\n' or '\r' or '\t' ? ' ' : char.IsControl(c) ? '\uFFFD' : c))
        : text;

    /// <summary>UTC, to the second.</summary>
    public static string At(Timestamp? time) => time is null ? None : At(time.ToDateTimeOffset());

    public static string At(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'");

    /// <summary>The phase as one word: <c>ROLLED_BACK</c> is <c>rolled back</c>.</summary>
    public static string Phase(ChangePhase phase) => Lower(phase.ToString());

    public static string Of(RolloutPhase phase) => Lower(phase.ToString());

    public static string Of(TargetState state) => Lower(state.ToString());

    public static string Of(HoldPhase phase) => Lower(phase.ToString());

    public static string Of(Verdict verdict) => Lower(verdict.ToString());

    /// <summary>How many targets stand where; what is nowhere is not said.</summary>
    public static string Of(TargetCounts? counts, Func<string, bool>? except = null)
    {
        if (counts is null) return None;
        (uint Count, string Word)[] all =
        [
            (counts.Verified, "verified"), (counts.Dispatched, "dispatched"), (counts.Waiting, "waiting"), (counts.Pending, "pending"),
            (counts.Failed, "failed"), (counts.Offline, "offline"), (counts.RollingBack, "rolling back"), (counts.RolledBack, "rolled back"),
            (counts.NeedsHuman, "needs human"), (counts.Untouched, "untouched"), (counts.LeftOut, "left out"),
        ];
        return Of(string.Join(", ", all.Where(c => c.Count > 0 && except?.Invoke(c.Word) is not true).Select(c => $"{c.Count} {c.Word}")));
    }

    public static string Of(Health health) => health is Health.Unspecified ? "unknown" : Lower(health.ToString());

    public static string Of(bool answer) => answer ? "yes" : "no";

    public static string Of(string text) => text.Length > 0 ? text : None;

    public static string Bytes(ulong bytes) => bytes switch
    {
        < 1 << 10 => $"{bytes} B",
        < 1 << 20 => $"{bytes / 1024.0:0.0} KiB",
        < 1 << 30 => $"{bytes / 1048576.0:0.0} MiB",
        _ => $"{bytes / 1073741824.0:0.0} GiB",
    };

    /// <summary>Image and version, with the hotfixes on top.</summary>
    public static string Of(InstanceManifest? manifest) => manifest is null
        ? "nothing installed"
        : $"{manifest.Image} {manifest.Version}{string.Concat(manifest.Hotfixes.Select(h => $" + {h.Component} {h.ToVersion}"))}";

    /// <summary>A reason as programs know it: <c>SignatureInvalid</c> is <c>SIGNATURE_INVALID</c>.</summary>
    public static string Upper(string name) => Lower(name).Replace(' ', '_').ToUpperInvariant();

    // NeedsHuman → needs human.
    private static string Lower(string name) => string.Concat(name.Select((c, i) => char.IsUpper(c) ? i > 0 ? $" {char.ToLowerInvariant(c)}" : $"{char.ToLowerInvariant(c)}" : $"{c}"));
}
