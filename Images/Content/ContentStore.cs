namespace Fleet.Images;

/// <summary>
/// Blobs by digest in a directory, laid out as in an OCI image layout: <c>blobs/sha256/…</c>. A blob is there whole, verified
/// and safe from a power cut, or it is not there: it is written aside, hashed on the way, and renamed into place.
/// </summary>
public sealed class ContentStore
{
    private readonly string _blobs;
    private readonly string _aside;
    private int _writes;

    /// <summary>Opens the store, and makes its directories if they are not there.</summary>
    public ContentStore(string root)
    {
        Root = Path.GetFullPath(root);
        _blobs = Path.Combine(Root, "blobs", "sha256");
        _aside = Path.Combine(Root, "ingest");
        Directory.CreateDirectory(_blobs);
        Directory.CreateDirectory(_aside);
    }

    public string Root { get; }

    /// <summary>Where a blob is, or would be.</summary>
    public string PathOf(Digest digest) => Path.Combine(_blobs, digest.Hex);

    public bool Has(Digest digest) => File.Exists(PathOf(digest));

    /// <summary>Bytes of a blob; null when it is not there.</summary>
    public long? SizeOf(Digest digest) => new FileInfo(PathOf(digest)) is { Exists: true } file ? file.Length : null;

    /// <summary>All blobs, in no order.</summary>
    public IEnumerable<Digest> List() => Directory.EnumerateFiles(_blobs)
        .Select(file => Digest.TryParse("sha256:" + Path.GetFileName(file), out var digest) ? digest : null)
        .OfType<Digest>();

    /// <summary>Opens a blob for reading from its beginning.</summary>
    /// <exception cref="ContentException">It is missing.</exception>
    public FileStream Open(Digest digest)
    {
        try
        {
            return new FileStream(PathOf(digest), new FileStreamOptions
            {
                Mode = FileMode.Open,
                Access = FileAccess.Read,
                Share = FileShare.ReadWrite | FileShare.Delete,
                Options = FileOptions.Asynchronous | FileOptions.SequentialScan,
            });
        }
        catch (FileNotFoundException e)
        {
            throw new ContentException(ContentFault.Missing, $"blob {digest} is not in the store", e);
        }
    }

    /// <summary>Reads a small blob whole and verifies it, so that a damaged disk is noticed.</summary>
    /// <exception cref="ContentException">It is missing, damaged, or larger than <paramref name="limit"/>.</exception>
    public async Task<byte[]> Read(Digest digest, int limit = 16 << 20, CancellationToken cancel = default)
    {
        await using var blob = Open(digest);
        if (blob.Length > limit)
            throw ContentException.Malformed($"blob {digest} has {blob.Length} bytes, more than the {limit} allowed here");
        var content = new byte[blob.Length];
        await blob.ReadExactlyAsync(content, cancel);
        return Digest.Of(content) == digest
            ? content
            : throw new ContentException(ContentFault.Mismatch, $"blob {digest} is damaged on disk: its bytes are {Digest.Of(content)}");
    }

    /// <summary>Keeps these bytes. Safe to repeat.</summary>
    public async Task<Digest> Put(ReadOnlyMemory<byte> content, CancellationToken cancel = default)
    {
        var digest = Digest.Of(content.Span);
        if (!Has(digest)) await Add((output, token) => output.WriteAsync(content, token).AsTask(), cancel);
        return digest;
    }

    /// <summary>Keeps what can be read from the stream, if it is what <paramref name="expected"/> names. Safe to repeat.</summary>
    /// <exception cref="ContentException">Another digest or size, or no space; nothing is left.</exception>
    public async Task Put(Descriptor expected, Stream content, CancellationToken cancel = default)
    {
        if (SizeOf(expected.Digest) == expected.Size) return;
        await using var upload = Resume(NextName());
        try
        {
            await upload.Append(content, cancel);
            await upload.Complete(expected.Digest, expected.Size, cancel);
        }
        catch
        {
            upload.Discard();
            throw;
        }
    }

    /// <summary>Keeps what <paramref name="write"/> writes, whatever its digest turns out to be.</summary>
    public async Task<(Digest Digest, long Size)> Add(Func<Stream, CancellationToken, Task> write, CancellationToken cancel = default)
    {
        await using var upload = Resume(NextName());
        try
        {
            return await upload.Write(write, cancel);
        }
        catch
        {
            upload.Discard();
            throw;
        }
    }

    /// <summary>Begins content that arrives in pieces, or goes on with what an earlier try under this name left.</summary>
    /// <param name="name">Letters, digits and '-'; one writer at a time.</param>
    /// <exception cref="IOException">Somebody else is writing under this name.</exception>
    public ContentUpload Resume(string name) => name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '-')
        ? new ContentUpload(this, Path.Combine(_aside, name))
        : throw new ArgumentException($"'{name}' must be letters, digits and '-'", nameof(name));

    /// <summary>Whether an earlier try under this name left something.</summary>
    public bool CanResume(string name) => File.Exists(Path.Combine(_aside, name));

    /// <summary>Removes a blob; false when it was not there.</summary>
    public bool Delete(Digest digest)
    {
        if (!Has(digest)) return false;
        File.Delete(PathOf(digest));
        Linux.SyncDirectory(_blobs);
        return true;
    }

    /// <summary>Removes what interrupted writes left; for the store's owner, before anybody writes.</summary>
    public void Sweep()
    {
        foreach (var file in Directory.EnumerateFiles(_aside)) File.Delete(file);
    }

    internal void Publish(string file, Digest digest)
    {
        File.Move(file, PathOf(digest), overwrite: true);
        Linux.SyncDirectory(_blobs);
    }

    // Several processes may share a store, so the name has the process in it.
    private string NextName() => $"put-{Environment.ProcessId}-{Interlocked.Increment(ref _writes)}";
}
