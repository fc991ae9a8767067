using Microsoft.Data.Sqlite;

namespace Fleet.Engine.Storage;

/// <summary>One change on its way to the disk.</summary>
internal abstract class Change
{
    public abstract void Apply(Tables tables, long number);

    public abstract void Succeed();

    public abstract void Fail(Exception error);
}

/// <summary>One change with its answer. A change that refuses itself (a stale ETag) has touched nothing and does not disturb its group.</summary>
internal sealed class Change<T>(Func<Tables, long, T> change) : Change
{
    private readonly TaskCompletionSource<T> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T? answer;
    private Exception? refusal;

    public Task<T> Done => done.Task;

    public override void Apply(Tables tables, long number)
    {
        refusal = null;
        try
        {
            answer = change(tables, number);
        }
        catch (Exception error) when (error is not SqliteException)
        {
            refusal = error;
        }
    }

    public override void Succeed()
    {
        if (refusal is null) done.TrySetResult(answer!);
        else done.TrySetException(refusal);
    }

    public override void Fail(Exception error) => done.TrySetException(error);
}
