using System.Security.Cryptography;
using System.Text;
using Fleet.Protocol.Backups;
using Fleet.Protocol.V1;
using Google.Api;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Fleet.Fakes;

/// <summary>Sends a backup in pieces, as far as the test lets it.</summary>
internal sealed class FakeBackups(FakeFleet fleet) : Backups.BackupsBase
{
    public static readonly DateTimeOffset Noon = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);

    private const int Piece = 1000;

    public override async Task Take(TakeBackupRequest request, IServerStreamWriter<HttpBody> responseStream, ServerCallContext context)
    {
        foreach (var piece in fleet.Backup.Chunk(Piece)) await responseStream.WriteAsync(new HttpBody { ContentType = "application/x-tar", Data = ByteString.CopyFrom(piece) });
        fleet.EndOfBackup(context);
    }

    /// <summary>A small backup with everything in it that one may hold.</summary>
    public static Task<byte[]> Whole(Action<BackupManifest>? change = null, params (string Path, string Text)[] more)
    {
        const string Blob = "what a layer is made of";
        return Of(change, [
            (BackupForm.State, "all that was decided"), (BackupForm.AuthorityKey, "the key"), (BackupForm.AuthorityCertificate, "the certificate"),
            ("publishers/ada.pem", "ada's key"), ("content/tags/web/1.0", $"sha256:{Sum(Blob)}"), ($"content/blobs/sha256/{Sum(Blob)}", Blob), .. more]);
    }

    public static async Task<byte[]> Of(Action<BackupManifest>? change, params (string Path, string Text)[] files)
    {
        using var archive = new MemoryStream();
        await using var backup = new BackupWriter(archive);
        foreach (var (path, text) in files) await backup.Add(path, new MemoryStream(Encoding.UTF8.GetBytes(text)), Noon, CancellationToken.None);
        var manifest = new BackupManifest { StateSchema = BackupForm.StateSchema, FleetVersion = "0.1.0", Taken = Noon.ToTimestamp(), Authority = Sum("the certificate") };
        change?.Invoke(manifest);
        await backup.Finish(manifest, CancellationToken.None);
        return archive.ToArray();
    }

    private static string Sum(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
