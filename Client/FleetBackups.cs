using Fleet.Protocol.Backups;
using Fleet.Protocol.V1;
using Grpc.Core;

namespace Fleet.Client;

/// <summary>The engine as one file, from which it can be brought back on another machine.</summary>
public sealed class FleetBackups
{
    private const UnixFileMode OwnerAlone = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const int Buffer = 128 << 10;

    private readonly FleetConnection _connection;
    private readonly Backups.BackupsClient _backups;

    internal FleetBackups(FleetConnection connection) => (_connection, _backups) = (connection, new Backups.BackupsClient(connection.Invoker));

    /// <summary>
    /// Takes a backup while the engine goes on, as long as that takes. The file appears when all of it has come, was read back
    /// and verified, and is on the disk; only its owner may read it. It holds the authority's <b>private key</b>: whoever has it
    /// can issue certificates that devices and engine trust. Never repeated by itself: each one stands in the audit.
    /// </summary>
    /// <returns>What it holds.</returns>
    /// <exception cref="FleetException">The engine refused, or the connection broke on the way; nothing is left.</exception>
    /// <exception cref="BackupException">What came is not whole; nothing is left.</exception>
    /// <exception cref="IOException">There is such a file already, or it can't be written; nothing is left.</exception>
    public async Task<BackupManifest> Save(string file, CancellationToken cancel = default)
    {
        if (File.Exists(file)) throw new IOException($"there is a '{file}' already");
        var aside = $"{file}.{Environment.ProcessId}.part";
        try
        {
            BackupManifest manifest;
            await using (var written = Make(aside))
            {
                await Receive(written, cancel);
                written.Position = 0;
                manifest = await BackupReader.Read(written, take: null, cancel);
                written.Flush(flushToDisk: true);
            }
            File.Move(aside, file, overwrite: false);
            return manifest;
        }
        finally
        {
            File.Delete(aside);
        }
    }

    private async Task Receive(FileStream to, CancellationToken cancel)
    {
        try
        {
            using var call = _backups.Take(new TakeBackupRequest(), new CallOptions(cancellationToken: cancel));
            while (await call.ResponseStream.MoveNext(cancel)) await to.WriteAsync(call.ResponseStream.Current.Data.Memory, cancel);
            await to.FlushAsync(cancel);
        }
        catch (RpcException e)
        {
            cancel.ThrowIfCancellationRequested();
            throw RpcErrors.Read(e, _connection.Engine);
        }
    }

    private static FileStream Make(string file)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, BufferSize = Buffer, Options = FileOptions.Asynchronous };
        // Elsewhere a user's own directory is private by itself.
        if (!System.OperatingSystem.IsWindows()) options.UnixCreateMode = OwnerAlone;
        return new FileStream(file, options);
    }
}
