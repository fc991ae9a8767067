using System.Collections.Concurrent;
using Orleans.Storage;

namespace Fleet.Engine.Tests;

[Alias("test.notes")]
public interface INotesGrain : IGrainWithGuidKey
{
    [Alias("write")] Task<NotesView> Write(string note);

    /// <summary>Writes, and gives the state in memory if that fails.</summary>
    [Alias("try-write")] Task<NotesView> TryToWrite(string note);

    [Alias("read-again")] Task<NotesView> ReadAgain();

    [Alias("clear")] Task<NotesView> Clear();

    [Alias("view")] Task<NotesView> View();
}

[GenerateSerializer, Immutable, Alias("test.notes-view")]
public sealed record NotesView
{
    [Id(0)] public required string Note { get; init; }

    [Id(1)] public required bool RecordExists { get; init; }

    [Id(2)] public required string? Etag { get; init; }
}

public sealed record NotesState
{
    public string Note { get; init; } = "";
}

[GrainType("notes")]
internal sealed class NotesGrain([PersistentState("notes", FlakyStorage.Name)] IPersistentState<NotesState> stored) : Grain, INotesGrain
{
    public async Task<NotesView> Write(string note)
    {
        stored.State = stored.State with { Note = note };
        await stored.WriteStateAsync();
        return Shown;
    }

    public async Task<NotesView> TryToWrite(string note)
    {
        try
        {
            return await Write(note);
        }
        catch (OrleansException)
        {
            return Shown;
        }
    }

    public async Task<NotesView> ReadAgain()
    {
        await stored.ReadStateAsync();
        return Shown;
    }

    public async Task<NotesView> Clear()
    {
        await stored.ClearStateAsync();
        return Shown;
    }

    public Task<NotesView> View() => Task.FromResult(Shown);

    private NotesView Shown => new() { Note = stored.State.Note, RecordExists = stored.RecordExists, Etag = stored.Etag };
}

/// <summary>The engine's storage, which fails when the test says so.</summary>
public sealed class FlakyStorage(IGrainStorage storage) : IGrainStorage
{
    public const string Name = "flaky";

    private readonly ConcurrentQueue<(Exception Error, bool Landed)> failures = new();

    /// <param name="error">What the next operation ends with.</param>
    /// <param name="landed">Whether it is done nevertheless, and only the answer is lost.</param>
    public void FailNext(Exception error, bool landed = false) => failures.Enqueue((error, landed));

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        Do(grainState, state => storage.ReadStateAsync(stateName, grainId, state));

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        Do(grainState, state => storage.WriteStateAsync(stateName, grainId, state));

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        Do(grainState, state => storage.ClearStateAsync(stateName, grainId, state));

    private async Task Do<T>(IGrainState<T> state, Func<IGrainState<T>, Task> operation)
    {
        if (!failures.TryDequeue(out var failure))
        {
            await operation(state);
            return;
        }

        // On a copy: the grain's ETag stays the old one, as it would.
        if (failure.Landed) await operation(new GrainState<T>(state.State!, state.ETag) { RecordExists = state.RecordExists });
        throw failure.Error;
    }
}
