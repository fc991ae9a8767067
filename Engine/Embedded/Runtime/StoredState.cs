using Fleet.Engine.Storage;
using Orleans.Storage;

namespace Fleet.Engine.Embedded;

/// <summary>A state that is read before its grain wakes.</summary>
internal interface IStoredState
{
    Task ReadStateAsync();
}

/// <summary>A grain's state: the value in memory, and the way to its record. One operation at a time, in order.</summary>
internal sealed class StoredState<T>(string name, IGrainStorage storage, Activation activation) : IPersistentState<T>, IStoredState
{
    private readonly GrainState<T> record = new(StateSchema<T>.Empty());
    private Task previous = Task.CompletedTask;

    public T State
    {
        get
        {
            CheckOwner();
            return record.State!;
        }

        set
        {
            CheckOwner();
            record.State = value;
        }
    }

    public string? Etag => record.ETag;

    public bool RecordExists => record.RecordExists;

    public Task ReadStateAsync() => InOrder(() => storage.ReadStateAsync(name, activation.GrainId, record));

    public Task WriteStateAsync() => InOrder(() => storage.WriteStateAsync(name, activation.GrainId, record));

    public Task ClearStateAsync() => InOrder(() => storage.ClearStateAsync(name, activation.GrainId, record));

    private Task InOrder(Func<Task> operation)
    {
        CheckOwner();
        return previous = After(previous, operation);
    }

    private async Task After(Task before, Func<Task> operation)
    {
        var turn = Turn.Current;
        turn?.BeginOutside();
        try
        {
            await before.ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing);
            await operation();
        }
        catch (Exception error) when (error is not OrleansException and not OperationCanceledException)
        {
            throw new OrleansException($"The storage of state '{name}' of grain {activation.GrainId} failed: {error.Message}", error);
        }
        finally
        {
            turn?.EndOutside();
        }
    }

    /// <summary>State belongs to the turns of its grain: code on another thread would race with them.</summary>
    private void CheckOwner()
    {
        if (!activation.Queue.IsCurrent)
            throw new InvalidOperationException($"The state '{name}' of grain {activation.GrainId} was touched outside of the grain's turns.");
    }
}
