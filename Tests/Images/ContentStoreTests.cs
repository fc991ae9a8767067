using System.Text;

namespace Fleet.Images;

public sealed class ContentStoreTests : IDisposable
{
    private static readonly byte[] Hello = Encoding.UTF8.GetBytes("hello");
    private static readonly Descriptor HelloBlob = new(MediaTypes.LayerGzip, Digest.Of(Hello), Hello.Length);

    private readonly Temp _temp = new();
    private readonly ContentStore _store;

    public ContentStoreTests() => _store = new ContentStore(_temp["store"]);

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task What_is_put_can_be_read_and_is_where_OCI_has_it()
    {
        Assert.Equal(HelloBlob.Digest, await _store.Put(Hello));

        Assert.Equal(Hello, await _store.Read(HelloBlob.Digest));
        Assert.Equal(5, _store.SizeOf(HelloBlob.Digest));
        Assert.Equal([HelloBlob.Digest], _store.List());
        Assert.Equal("hello", File.ReadAllText(_temp[$"store/blobs/sha256/{HelloBlob.Digest.Hex}"]));
    }

    [Fact]
    public async Task A_blob_can_be_opened_as_soon_as_it_is_there()
    {
        for (var number = 0; number < 20; number++)
        {
            var bytes = Encoding.UTF8.GetBytes($"blob {number}");
            var digest = Digest.Of(bytes);
            var reading = Task.Run(() =>
            {
                while (!_store.Has(digest)) Thread.Yield();
                using var blob = _store.Open(digest);
                return blob.Length;
            });
            await _store.Put(bytes);
            Assert.Equal(bytes.Length, await reading);
        }
    }

    [Fact]
    public async Task Putting_it_again_changes_nothing()
    {
        await _store.Put(HelloBlob, new MemoryStream(Hello));
        await _store.Put(HelloBlob, new MemoryStream(Hello));
        await _store.Put(Hello);

        Assert.Single(_store.List());
        NothingHalf();
    }

    [Fact]
    public async Task Other_bytes_than_named_are_refused_and_leave_nothing()
    {
        await Refused(ContentFault.Mismatch, () => _store.Put(HelloBlob, new MemoryStream("hallo"u8.ToArray())));
        await Refused(ContentFault.Mismatch, () => _store.Put(HelloBlob, new MemoryStream("hell"u8.ToArray())));
        await Refused(ContentFault.Mismatch, () => _store.Put(HelloBlob with { Size = 4 }, new MemoryStream(Hello)));
    }

    [Fact]
    public async Task A_source_that_breaks_leaves_nothing()
    {
        await Assert.ThrowsAsync<EndOfStreamException>(() => _store.Put(HelloBlob, new Broken()));
        NothingHalf();
    }

    [Fact]
    public async Task A_writer_that_breaks_leaves_nothing()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => _store.Add(async (output, cancel) =>
        {
            await output.WriteAsync(Hello, cancel);
            throw new InvalidOperationException();
        }));
        NothingHalf();
    }

    [Fact]
    public async Task What_is_not_there_is_missing()
    {
        await Refused(ContentFault.Missing, () => _store.Read(HelloBlob.Digest));
        Assert.False(_store.Has(HelloBlob.Digest));
        Assert.Null(_store.SizeOf(HelloBlob.Digest));
        Assert.False(_store.Delete(HelloBlob.Digest));
    }

    [Fact]
    public async Task Damage_on_disk_is_noticed()
    {
        await _store.Put(Hello);
        File.WriteAllText(_store.PathOf(HelloBlob.Digest), "hallo");

        Assert.Equal(ContentFault.Mismatch, (await Assert.ThrowsAsync<ContentException>(() => _store.Read(HelloBlob.Digest))).Fault);
    }

    [Fact]
    public async Task A_blob_too_large_to_hold_is_refused()
    {
        await _store.Put(Hello);
        Assert.Equal(ContentFault.Malformed, (await Assert.ThrowsAsync<ContentException>(() => _store.Read(HelloBlob.Digest, limit: 4))).Fault);
    }

    [Fact]
    public async Task An_upload_goes_on_where_it_stopped_also_in_another_process()
    {
        await using (var first = _store.Resume("up-1")) await first.Append(new MemoryStream("hel"u8.ToArray()));

        var reopened = new ContentStore(_store.Root);
        Assert.True(reopened.CanResume("up-1"));
        await using var second = reopened.Resume("up-1");
        Assert.Equal(3, second.Length);
        await second.Append(new MemoryStream("lo"u8.ToArray()));
        await second.Complete(HelloBlob.Digest, 5);

        Assert.Equal(Hello, await _store.Read(HelloBlob.Digest));
        Assert.False(_store.CanResume("up-1"));
        NothingHalf();
    }

    [Fact]
    public async Task An_upload_of_something_else_is_refused_and_forgotten()
    {
        await using var upload = _store.Resume("up-1");
        await upload.Append(new MemoryStream("hallo"u8.ToArray()));
        await Refused(ContentFault.Mismatch, () => upload.Complete(HelloBlob.Digest));
    }

    [Fact]
    public async Task Two_cannot_write_one_upload()
    {
        await using var upload = _store.Resume("up-1");
        Assert.Throws<IOException>(() => _store.Resume("up-1"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("../x")]
    [InlineData("a/b")]
    public void An_uploads_name_is_no_path(string name) => Assert.Throws<ArgumentException>(() => _store.Resume(name));

    [Fact]
    public async Task Sweeping_removes_what_was_interrupted_and_no_blob()
    {
        await _store.Put(Hello);
        await using (var upload = _store.Resume("up-1")) await upload.Append(new MemoryStream(Hello));

        _store.Sweep();

        NothingHalf();
        Assert.Single(_store.List());
    }

    [Fact]
    public async Task Many_at_once_may_put_the_same()
    {
        var large = new byte[1 << 20];
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => _store.Put(new Descriptor("", Digest.Of(large), large.Length), new MemoryStream(large))));
        Assert.Single(_store.List());
        NothingHalf();
    }

    [Fact]
    public async Task A_full_disk_is_said_and_leaves_nothing()
    {
        Root.Required();
        var small = _temp.Make("small");
        Shell.Run("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", small]);
        try
        {
            var store = new ContentStore(small);
            var large = new byte[200 << 10];
            new Random(1).NextBytes(large);
            var blob = new Descriptor("", Digest.Of(large), large.Length);

            Assert.Equal(ContentFault.NoSpace, (await Assert.ThrowsAsync<ContentException>(() => store.Put(blob, new MemoryStream(large)))).Fault);
            Assert.Equal(ContentFault.NoSpace, (await Assert.ThrowsAsync<ContentException>(() => store.Put(large))).Fault);
            Assert.Empty(Directory.EnumerateFiles(small, "*", SearchOption.AllDirectories));
            Assert.Equal(HelloBlob.Digest, await store.Put(Hello));
        }
        finally
        {
            Shell.Run("umount", [small]);
        }
    }

    private async Task Refused(ContentFault fault, Func<Task> act)
    {
        var e = await Assert.ThrowsAsync<ContentException>(act);
        Assert.Equal(fault, e.Fault);
        Assert.Empty(_store.List());
        NothingHalf();
    }

    private void NothingHalf() => Assert.Empty(Directory.EnumerateFiles(_temp["store/ingest"]));

    private sealed class Broken : MemoryStream
    {
        private bool _read;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_read) throw new EndOfStreamException("the connection broke");
            _read = true;
            buffer.Span[0] = (byte)'h';
            return new(1);
        }
    }
}
