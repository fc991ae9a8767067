using System.Buffers;

namespace Fleet.Images;

/// <summary>Content on its way into a store, in pieces. What was appended stays for a later try, until completed or discarded.</summary>
public sealed class ContentUpload : IAsyncDisposable
{
    private const int BufferSize = 128 << 10;

    private readonly ContentStore _store;
    private readonly string _path;
    private readonly FileStream _file;

    internal ContentUpload(ContentStore store, string path)
    {
        (_store, _path) = (store, path);
        _file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            BufferSize = 0,
            Options = FileOptions.Asynchronous,
        });
        // The lock is had now, but whoever had it may have moved the file away in between.
        if (!File.Exists(path))
        {
            _file.Dispose();
            throw new IOException($"'{path}' has just been completed by another writer");
        }
        _file.Seek(0, SeekOrigin.End);
    }

    /// <summary>Bytes here so far: where to go on.</summary>
    public long Length => _file.Length;

    /// <summary>Adds all that can be read from the stream.</summary>
    /// <exception cref="ContentException">No space; then nothing is left.</exception>
    public async Task Append(Stream content, CancellationToken cancel = default)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            // Read and write apart, so that a failing source is not taken for a full disk.
            while (await content.ReadAsync(buffer, cancel) is var count and > 0)
                await Guard(() => _file.WriteAsync(buffer.AsMemory(0, count), cancel).AsTask());
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Verifies what is here and makes it a blob.</summary>
    /// <exception cref="ContentException">Another digest or size, or no space; then nothing is left.</exception>
    public async Task Complete(Digest expected, long? size = null, CancellationToken cancel = default)
    {
        if (size is { } bytes && bytes != Length) throw Mismatch($"{expected} should have {bytes} bytes, but {Length} came");
        // From disk, not on the way: some of it may have come before a restart.
        _file.Seek(0, SeekOrigin.Begin);
        var actual = await Digest.Of(_file, cancel);
        if (actual != expected) throw Mismatch($"the content is {actual}, expected {expected}");
        await Publish(actual);
    }

    /// <summary>Forgets what is here.</summary>
    public void Discard()
    {
        _file.Dispose();
        File.Delete(_path);
    }

    /// <summary>Closes; what is not completed stays for a later try.</summary>
    public ValueTask DisposeAsync() => _file.DisposeAsync();

    internal async Task<(Digest Digest, long Size)> Write(Func<Stream, CancellationToken, Task> write, CancellationToken cancel)
    {
        var size = 0L;
        Digest? digest = null;
        await Guard(async () =>
        {
            await using var buffered = new BufferedStream(_file, BufferSize);
            await using var hashing = new HashingStream(buffered);
            await write(hashing, cancel);
            await buffered.FlushAsync(cancel);
            (digest, size) = (hashing.Digest, hashing.Count);
            await Publish(digest);
        });
        return (digest!, size);
    }

    private Task Publish(Digest digest) => Guard(() =>
    {
        _file.Flush(flushToDisk: true);
        // Out of the reach of whoever would resume it; then let go of; and only then a blob: .NET opens no file that somebody
        // has locked, and a blob that is there can be opened.
        var done = _path + ".done";
        File.Move(_path, done, overwrite: true);
        _file.Dispose();
        _store.Publish(done, digest);
        return Task.CompletedTask;
    });

    private async Task Guard(Func<Task> write)
    {
        try
        {
            await write();
        }
        catch (IOException e) when (ContentException.IsNoSpace(e))
        {
            Discard();
            throw ContentException.NoSpace(_store.Root, e);
        }
    }

    private ContentException Mismatch(string message)
    {
        Discard();
        return new ContentException(ContentFault.Mismatch, message);
    }
}
