using System.Net;
using System.Text;
using Fleet.Engine.Storage;
using Fleet.Images;
using Fleet.Protocol.Backups;
using Microsoft.Extensions.DependencyInjection;

namespace Fleet.Gateway;

public sealed class BackupTests : IAsyncLifetime
{
    private readonly string state = Directory.CreateTempSubdirectory("fleet-state-").FullName;
    private StateDatabase database = null!;
    private TestGateway gateway = null!;

    public async ValueTask InitializeAsync()
    {
        database = StateDatabase.Open(state);
        gateway = new TestGateway { Configure = services => services.AddSingleton(database) };
        await gateway.Start();
    }

    public async ValueTask DisposeAsync()
    {
        await gateway.DisposeAsync();
        database.Dispose();
        Directory.Delete(state, recursive: true);
    }

    [Fact]
    public async Task Over_rest_it_is_the_archive_itself_with_all_that_an_engine_is()
    {
        var blob = await Content.Put("a layer"u8.ToArray());
        await Tag("web", "1.0", blob);
        Directory.CreateDirectory(Path.Combine(gateway.Data, "publishers"));
        await File.WriteAllTextAsync(Path.Combine(gateway.Data, "publishers", "ada.pem"), "ada's key");

        using var response = await gateway.Http().GetAsync("/v1/backup");
        Assert.Equal((HttpStatusCode.OK, "application/x-tar"), (response.StatusCode, response.Content.Headers.ContentType!.MediaType));
        Assert.True(response.Headers.CacheControl!.NoStore);

        var kept = new Dictionary<string, string>();
        var manifest = await BackupReader.Read(await response.Content.ReadAsStreamAsync(), async (path, content) => kept[path] = await new StreamReader(content, Encoding.Latin1).ReadToEndAsync(), default);
        // The order is what makes it whole while everything goes on.
        Assert.Equal(["fleet.db", "authority.key", "authority.crt", "publishers/ada.pem", "content/tags/web/1.0", $"content/blobs/sha256/{blob.Hex}"], manifest.Files.Select(f => f.Path));
        Assert.StartsWith("SQLite format 3", kept["fleet.db"], StringComparison.Ordinal);
        Assert.Equal(await File.ReadAllTextAsync(Path.Combine(gateway.Data, "authority.key")), kept["authority.key"]);
        Assert.Equal(gateway.Authority.GetCertHashString(System.Security.Cryptography.HashAlgorithmName.SHA256), manifest.Authority, ignoreCase: true);
        Assert.Equal((gateway.Time.GetUtcNow(), "a layer"), (manifest.Taken.ToDateTimeOffset(), kept[$"content/blobs/sha256/{blob.Hex}"]));
        Assert.Empty(Directory.GetFiles(gateway.Data, "*backup*"));
    }

    [Fact]
    public async Task Who_took_it_stands_in_the_audit()
    {
        await Take(default);

        var record = Assert.Single((await new Wire.Audit.AuditClient(Operator).ListRecordsAsync(new() { Subject = "engine:backup" })).Records);
        Assert.Equal(("administrator", "engine.backup-taken"), (record.Actor, record.Action));
        Assert.Contains("private key", record.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_one_is_taken_at_a_time_and_the_next_one_after_a_caller_who_left()
    {
        await Content.Put(new byte[8 << 20]);
        using (var first = Backups.Take(new()))
        {
            Assert.True(await first.ResponseStream.MoveNext(default));
            await AccessTests.Refused(StatusCode.Aborted, "BACKUP_RUNNING", () => Backups.Take(new()).ResponseStream.MoveNext(default));
        }

        for (var taken = false; !taken;)
        {
            try { await Take(default); taken = true; }
            catch (RpcException e) when (Refusal.Of(e).Reason == "BACKUP_RUNNING") { await Task.Yield(); }
        }
    }

    [Fact]
    public async Task A_blob_that_the_disk_has_damaged_is_named_and_not_handed_on()
    {
        var blob = await Content.Put("a layer"u8.ToArray());
        await File.WriteAllTextAsync(Content.PathOf(blob), "a liar!");

        var refused = await Assert.ThrowsAsync<RpcException>(() => Take(default));
        Assert.Equal("BACKUP_FAILED", Refusal.Of(refused).Reason);
        Assert.Contains(blob.Hex, refused.Status.Detail, StringComparison.Ordinal);
        // Over REST it has begun with 200: what is broken off is no answer.
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => gateway.Http().GetByteArrayAsync("/v1/backup"));
    }

    [Fact]
    public async Task An_engine_whose_state_is_elsewhere_says_what_to_do()
    {
        await using var member = new TestGateway();
        await member.Start();

        using var response = await member.Http().GetAsync("/v1/backup");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, response.StatusCode);
        Assert.Contains("pg_dump", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await AccessTests.Refused(StatusCode.FailedPrecondition, "STATE_ELSEWHERE", () => new Wire.Backups.BackupsClient(member.Grpc(member.ApiPort, key: member.Key)).Take(new()).ResponseStream.MoveNext(default));
    }

    [Fact]
    public async Task Nobody_gets_one_without_a_key()
    {
        Assert.Equal(HttpStatusCode.Unauthorized, (await gateway.Client(gateway.ApiPort).GetAsync("/v1/backup")).StatusCode);
        using var device = await gateway.Enrol("edge-1");
        Assert.Equal(HttpStatusCode.NotFound, (await gateway.Client(gateway.AgentsPort, device).GetAsync("/v1/backup")).StatusCode);
    }

    [Fact]
    public async Task No_engine_starts_where_a_restore_did_not_end()
    {
        await gateway.Stop();
        Directory.CreateDirectory(Path.Combine(gateway.Data, BackupForm.Unfinished));

        Assert.Contains("did not end", (await Assert.ThrowsAsync<StartException>(() => gateway.Start())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_form_names_the_schema_that_the_engine_has() => Assert.Equal(BackupForm.StateSchema, (uint)StateDatabase.Schema);

    private CallInvoker Operator => gateway.Grpc(gateway.ApiPort, key: gateway.Key);

    private Wire.Backups.BackupsClient Backups => new(Operator);

    private ContentStore Content => new(Path.Combine(gateway.Data, "content"));

    private async Task Tag(string repository, string tag, Digest manifest)
    {
        var directory = Directory.CreateDirectory(Path.Combine(gateway.Data, "content", "tags", repository));
        await File.WriteAllTextAsync(Path.Combine(directory.FullName, tag), manifest.ToString());
        await File.WriteAllTextAsync(Path.Combine(directory.FullName, ".being-written"), "sha256:");
    }

    private async Task<Wire.BackupManifest> Take(CancellationToken cancel)
    {
        using var call = Backups.Take(new(), cancellationToken: cancel);
        using var archive = new MemoryStream();
        while (await call.ResponseStream.MoveNext(cancel)) archive.Write(call.ResponseStream.Current.Data.Span);
        archive.Position = 0;
        return await BackupReader.Read(archive, null, cancel);
    }
}
