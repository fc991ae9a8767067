using System.Collections.Concurrent;
using System.Diagnostics;
using Fleet.Engine.Telemetry;
using Microsoft.Data.Sqlite;

namespace Fleet.Engine.Storage;

/// <summary>
/// The one writer. Changes that arrive while a transaction is being made durable go together into the next one,
/// so the cost of a sync to disk is shared; each caller hears back only after its own change is on the disk.
/// </summary>
internal sealed class GroupCommit : IDisposable
{
    private const int LargestGroup = 1024;

    private readonly BlockingCollection<Change> queue = [];
    private readonly SqliteConnection connection;
    private readonly string file;
    private readonly Transaction transaction;
    private readonly Sequence sequence;
    private readonly CommitCounter counter;
    private readonly Tables tables;
    private readonly Thread writer;

    /// <summary>Takes the connection over.</summary>
    public GroupCommit(SqliteConnection connection, string file, CommitCounter counter)
    {
        this.connection = connection;
        this.file = file;
        this.counter = counter;
        transaction = new Transaction(connection);
        sequence = new Sequence(connection);
        tables = new Tables(connection);
        writer = new Thread(Run) { IsBackground = true, Name = "fleet storage writer" };
        writer.Start();
    }

    /// <summary>How many transactions were made durable.</summary>
    public long Commits { get; private set; }

    /// <summary>Who counts what is done here; null when nobody does.</summary>
    public StorageMeter? Meter { get; set; }

    /// <summary>Applies a change within a transaction, and completes when that is durable. The change gets a number that no change had before.</summary>
    public Task<T> Write<T>(Func<Tables, long, T> change)
    {
        var pending = new Change<T>(change);
        try
        {
            queue.Add(pending);
        }
        catch (InvalidOperationException)
        {
            pending.Fail(new StateStoreException($"The database {file} is closed."));
        }

        return pending.Done;
    }

    /// <summary>Finishes what was asked for before, then closes.</summary>
    public void Dispose()
    {
        if (queue.IsAddingCompleted) return;

        queue.CompleteAdding();
        writer.Join();
        tables.Dispose();
        sequence.Dispose();
        transaction.Dispose();
        counter.Dispose();
        connection.Dispose();
    }

    private void Run()
    {
        var group = new List<Change>(LargestGroup);
        foreach (var first in queue.GetConsumingEnumerable())
        {
            group.Add(first);
            while (group.Count < LargestGroup && queue.TryTake(out var next)) group.Add(next);

            // One change that the database refuses must not take its neighbours with it.
            if (!TryCommit(group)) group.ForEach(change => TryCommit([change]));
            group.Clear();
        }
    }

    /// <summary>
    /// Commits a group and tells its callers; false if a group of several has to be tried one by one, since one of its changes was
    /// refused. What fails before or after that (another program's lock) fails for all at once: each would wait for it again.
    /// </summary>
    private bool TryCommit(List<Change> group)
    {
        var (applying, began) = (false, Stopwatch.GetTimestamp());
        try
        {
            transaction.Begin();
            applying = true;
            foreach (var change in group) change.Apply(tables, sequence.Next());
            sequence.Save();
            applying = false;
            transaction.Commit();
            counter.Note(sequence.Number);
            Commits++;
            Meter?.Committed(group.Count, Stopwatch.GetElapsedTime(began));
        }
        catch (SqliteException error)
        {
            transaction.Abandon();
            if (applying && group.Count > 1) return false;

            Meter?.WriteFailed();
            group.ForEach(change => change.Fail(StateStoreException.From(error, file)));
            return true;
        }

        group.ForEach(change => change.Succeed());
        return true;
    }
}
