using Fleet.Fakes;
using Fleet.Protocol.Backups;
using Grpc.Core;

namespace Fleet.Client;

public sealed class BackupTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("fleet-backup-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Target => Path.Combine(_directory, "engine.backup");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_backup_is_a_file_for_its_owner_alone_and_what_it_holds_is_told()
    {
        await using var engine = await FakeEngine.Start();
        engine.Fleet.Backup = await FakeBackups.Whole();
        using var client = engine.Client();

        var manifest = await client.Backups.Save(Target, Cancel);

        Assert.Equal(engine.Fleet.Backup, await File.ReadAllBytesAsync(Target, Cancel));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Target));
        Assert.Equal((6, "fleet.db", BackupForm.Format), (manifest.Files.Count, manifest.Files[0].Path, manifest.Format));
        Assert.Equal([Target], Directory.GetFiles(_directory));
    }

    [Fact]
    public async Task One_whose_connection_breaks_leaves_nothing()
    {
        await using var engine = await FakeEngine.Start();
        engine.Fleet.Backup = [.. (await FakeBackups.Whole()).Take(5000)];
        engine.Fleet.EndOfBackup = context => context.GetHttpContext().Abort();
        using var client = engine.Client();

        var broken = await Assert.ThrowsAsync<FleetException>(() => client.Backups.Save(Target, Cancel));

        Assert.Equal(StatusCode.Unavailable, broken.Status);
        Assert.Empty(Directory.GetFiles(_directory));
        Assert.Single(engine.Calls);
    }

    [Fact]
    public async Task One_that_ends_early_without_a_word_is_noticed_and_leaves_nothing()
    {
        await using var engine = await FakeEngine.Start();
        engine.Fleet.Backup = [.. (await FakeBackups.Whole()).Take(5000)];
        using var client = engine.Client();

        await Assert.ThrowsAsync<BackupException>(() => client.Backups.Save(Target, Cancel));
        Assert.Empty(Directory.GetFiles(_directory));
    }

    [Fact]
    public async Task A_refusal_is_told_as_any_other()
    {
        await using var engine = await FakeEngine.Start();
        engine.Fleet.EndOfBackup = _ => throw FakeFleet.Refusal(StatusCode.FailedPrecondition, "STATE_ELSEWHERE", "use pg_dump");
        using var client = engine.Client();

        Assert.Equal("STATE_ELSEWHERE", (await Assert.ThrowsAsync<FleetException>(() => client.Backups.Save(Target, Cancel))).Reason);
        Assert.Empty(Directory.GetFiles(_directory));
    }

    [Fact]
    public async Task What_is_there_is_not_written_over()
    {
        await using var engine = await FakeEngine.Start();
        await File.WriteAllTextAsync(Target, "yesterday's", Cancel);
        using var client = engine.Client();

        await Assert.ThrowsAsync<IOException>(() => client.Backups.Save(Target, Cancel));
        Assert.Equal("yesterday's", await File.ReadAllTextAsync(Target, Cancel));
        Assert.Empty(engine.Calls);
    }

    [Fact]
    public async Task Cut_anywhere_it_is_no_backup()
    {
        var whole = await FakeBackups.Whole();
        // Two empty blocks at the end say that it ends there; the manifest before them has said all.
        for (var length = 0; length < whole.Length - 1024; length += 97) await Refused(whole[..length]);
    }

    [Fact]
    public async Task Altered_anywhere_it_is_refused_or_still_says_the_same()
    {
        var whole = await FakeBackups.Whole();
        var kept = await Kept(whole);
        for (var at = 0; at < whole.Length; at += 3)
        {
            var altered = whole.ToArray();
            altered[at] ^= (byte)(1 + at % 255);
            try { Assert.Equal(kept, await Kept(altered)); }
            catch (BackupException) { }
        }

        await Refused(Replaced(whole, "all that was decided", "all that was forgotten"[..20]));
        await Refused(Replaced(whole, "the key", "my key "));
    }

    [Theory]
    [InlineData("../fleet.db")]
    [InlineData("/etc/passwd")]
    [InlineData("publishers/../../x.pem")]
    [InlineData("fleet.lock")]
    public async Task It_holds_no_other_paths(string path)
    {
        Assert.False(BackupForm.MayHold(path));
        await Assert.ThrowsAsync<ArgumentException>(() => FakeBackups.Whole(null, (path, "x")));
        // Whoever writes one by other means is refused too: a path of the same length is put in the place of a good one.
        var good = "publishers/" + new string('b', Math.Max(1, path.Length - 15)) + ".pem";
        if (good.Length == path.Length) await Refused(Replaced(await FakeBackups.Whole(null, (good, "x")), good, path));
    }

    [Fact]
    public async Task What_it_needs_must_be_in_it_once_and_blobs_under_their_own_names()
    {
        Assert.Contains("'fleet.db' is missing", await Refused(await FakeBackups.Of(null, (BackupForm.AuthorityKey, "k"), (BackupForm.AuthorityCertificate, "c"))));
        Assert.Contains("twice", await Refused(await FakeBackups.Whole(null, (BackupForm.State, "another"))));
        Assert.Contains("not what its name says", await Refused(await FakeBackups.Whole(null, ($"content/blobs/sha256/{new string('0', 64)}", "x"))));
        Assert.Contains("state has schema 2, newer", await Refused(await FakeBackups.Whole(m => m.StateSchema = BackupForm.StateSchema + 1)));
    }

    private static byte[] Replaced(byte[] bytes, string text, string by)
    {
        var (copy, from) = (bytes.ToArray(), System.Text.Encoding.UTF8.GetBytes(text));
        Assert.Equal(text.Length, by.Length);
        for (var at = copy.AsSpan().IndexOf(from); at >= 0; at = copy.AsSpan().IndexOf(from)) System.Text.Encoding.UTF8.GetBytes(by).CopyTo(copy, at);
        return copy;
    }

    private static async Task<string> Refused(byte[] backup) =>
        (await Assert.ThrowsAsync<BackupException>(() => BackupReader.Read(new MemoryStream(backup), null, Cancel))).Message;

    private static async Task<string> Kept(byte[] backup)
    {
        var kept = new List<string>();
        await BackupReader.Read(new MemoryStream(backup), async (path, content) => kept.Add($"{path}: {await new StreamReader(content).ReadToEndAsync(Cancel)}"), Cancel);
        return string.Join('\n', kept);
    }
}
