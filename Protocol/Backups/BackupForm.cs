using System.Text.RegularExpressions;

namespace Fleet.Protocol.Backups;

/// <summary>The form of a backup: a tar archive of files as they lie in the engine's data directory, and its manifest at the end.</summary>
public static partial class BackupForm
{
    /// <summary>The present form.</summary>
    public const uint Format = 1;

    /// <summary>The present schema of the state.</summary>
    public const uint StateSchema = 1;

    /// <summary>The last file of the archive, a <see cref="V1.BackupManifest"/>.</summary>
    public const string Manifest = "backup.json";

    /// <summary>The engine's database.</summary>
    public const string State = "fleet.db";

    /// <summary>The authority's private key.</summary>
    public const string AuthorityKey = "authority.key";

    /// <summary>The authority's certificate.</summary>
    public const string AuthorityCertificate = "authority.crt";

    /// <summary>Publishers' public keys.</summary>
    public const string Publishers = "publishers";

    /// <summary>Names of manifests in the registry.</summary>
    public const string Tags = "content/tags";

    /// <summary>The registry's blobs, each under its digest.</summary>
    public const string Blobs = "content/blobs/sha256";

    /// <summary>What a data directory has in it while it is being restored: no engine starts on it.</summary>
    public const string Unfinished = "restoring";

    /// <summary>Without these there is no engine.</summary>
    public static IReadOnlyList<string> Needed { get; } = [State, AuthorityKey, AuthorityCertificate];

    /// <summary>Whether a backup may hold a file of this path: nothing else is ever written by a restore.</summary>
    public static bool MayHold(string path) => Known().IsMatch(path) && !path.Split('/').Any(part => part is "." or "..");

    [GeneratedRegex(@"\A(fleet\.db|authority\.(key|crt)|publishers/[^/\x00-\x1f]+\.pem|content/tags/[^/\x00-\x1f]+/[^/\x00-\x1f]+|content/blobs/sha256/[0-9a-f]{64})\z", RegexOptions.CultureInvariant)]
    private static partial Regex Known();
}
