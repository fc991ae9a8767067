namespace Fleet.Images;

/// <summary>
/// Watches how a tar archive ends. Neither .NET's gzip nor its tar reader notices one that was cut off, but a whole one ends
/// with two blocks of zeros. The stream below stays open.
/// </summary>
internal sealed class TarEnd(Stream inner) : Stream
{
    private const int BlockSize = 512;
    private long _count;
    private long _zeros;

    public bool IsWhole => _count % BlockSize == 0 && _zeros >= 2 * BlockSize;

    public override bool CanRead => true;
    public override bool CanWrite => false;
    public override bool CanSeek => false;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(Span<byte> buffer) => Seen(buffer, inner.Read(buffer));

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await inner.ReadAsync(buffer, cancellationToken);
        return Seen(buffer.Span, count);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private int Seen(Span<byte> buffer, int count)
    {
        var last = buffer[..count].LastIndexOfAnyExcept((byte)0);
        _count += count;
        _zeros = last < 0 ? _zeros + count : count - 1 - last;
        return count;
    }
}
