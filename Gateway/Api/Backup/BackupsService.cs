using Fleet.Audit;
using Fleet.Engine.Storage;
using Fleet.Images;
using Microsoft.Extensions.Hosting;

namespace Fleet.Gateway.Api;

/// <summary>Gives an operator the engine as one file.</summary>
/// <param name="state">The engine's own database; none in a cluster, whose database is another program's.</param>
internal sealed class BackupsService(
    IGrainFactory grains, EngineFiles files, IHostApplicationLifetime host, TimeProvider time, StateDatabase? state = null) : Wire.Backups.BackupsBase
{
    private const string Subject = "engine:backup";
    private const int Piece = 128 << 10;

    private static readonly Refusal Elsewhere = new(StatusCode.FailedPrecondition, "STATE_ELSEWHERE",
        "this engine keeps its state in the store of its cluster: back that up by its own means (PostgreSQL: pg_dump), and then copy the gateway's data directory (authority.key, authority.crt, content)");

    private static readonly Refusal Running = new(StatusCode.Aborted, "BACKUP_RUNNING", "another backup is being taken: ask again when it has ended");

    private static readonly Refusal Stopping = new(StatusCode.Unavailable, "ENGINE_STOPPING", "the engine is stopping: take the backup when it is back");

    private int running;

    public override async Task Take(Wire.TakeBackupRequest request, IServerStreamWriter<Google.Api.HttpBody> responseStream, ServerCallContext context)
    {
        if (state is null) throw Elsewhere.ToException();
        if (Interlocked.Exchange(ref running, 1) == 1) throw Running.ToException();
        try
        {
            using var end = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, host.ApplicationStopping);
            // Told before it is done: that the authority's key left the engine stands in the very state that leaves with it.
            await Tell(Caller.Of(context));
            await using var pieces = new BufferedStream(new BodyStream(responseStream, "application/x-tar"), Piece);
            await files.Write(pieces, state, end.Token);
            await pieces.FlushAsync(end.Token);
        }
        catch (OperationCanceledException) when (host.ApplicationStopping.IsCancellationRequested)
        {
            throw Stopping.ToException();
        }
        catch (Exception e) when (e is StateStoreException or ContentException or IOException)
        {
            throw new Refusal(StatusCode.Internal, "BACKUP_FAILED", e.Message).ToException();
        }
        finally
        {
            Volatile.Write(ref running, 0);
        }
    }

    private Task Tell(string actor) => grains.AuditOf(Subject).Append(
    [
        new AuditEntry
        {
            Id = $"backup/{Guid.CreateVersion7(time.GetUtcNow())}",
            At = time.GetUtcNow(),
            Actor = actor,
            Action = "engine.backup-taken",
            Subject = Subject,
            Evidence = "with the authority's private key",
        },
    ]);
}
