using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Fleet.Images;

namespace Fleet.Gateway.Registry;

/// <summary>Names of manifests in a repository: a small file for each tag. A tag can be moved; a digest can't.</summary>
internal sealed partial class Tags(string root)
{
    /// <summary>Whether this can be a tag.</summary>
    public static bool IsTag(string text) => TagPattern().IsMatch(text);

    /// <summary>The manifest with this tag.</summary>
    public async Task<Digest?> Find(string repository, string tag, CancellationToken cancel)
    {
        if (!IsTag(tag) || FileOf(repository, tag) is var file && !File.Exists(file)) return null;
        return Digest.TryParse((await File.ReadAllTextAsync(file, cancel)).Trim(), out var digest) ? digest : null;
    }

    /// <summary>Gives the manifest this tag; whatever had it loses it.</summary>
    public async Task Set(string repository, string tag, Digest manifest, CancellationToken cancel)
    {
        var (directory, file) = (DirectoryOf(repository), FileOf(repository, tag));
        Directory.CreateDirectory(directory);
        // No tag begins with a dot: what is written aside is none.
        var aside = Path.Combine(directory, $".{RandomNumberGenerator.GetHexString(16, lowercase: true)}");
        await using (var stream = new FileStream(aside, FileMode.CreateNew, FileAccess.Write))
        {
            await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(manifest.ToString()), cancel);
            stream.Flush(flushToDisk: true);
        }

        File.Move(aside, file, overwrite: true);
        // The name is only safe from a power cut when its directory is, and that one's.
        Linux.SyncDirectory(directory);
        Linux.SyncDirectory(root);
    }

    /// <summary>The repository's tags, in order.</summary>
    public ImmutableArray<string> List(string repository) => Directory.Exists(DirectoryOf(repository))
        ? [.. Directory.EnumerateFiles(DirectoryOf(repository)).Select(file => Path.GetFileName(file)).Where(IsTag).Order(StringComparer.Ordinal)]
        : [];

    // One directory for each repository: its name has no '%', so two names never meet.
    private string DirectoryOf(string repository) => Path.Combine(root, repository.Replace("/", "%2f", StringComparison.Ordinal));

    private string FileOf(string repository, string tag) => Path.Combine(DirectoryOf(repository), tag);

    [GeneratedRegex(@"\A[a-zA-Z0-9_][a-zA-Z0-9._+-]{0,127}\z", RegexOptions.CultureInvariant)]
    private static partial Regex TagPattern();
}
