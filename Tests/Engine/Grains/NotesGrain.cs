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

    private readonly ConcurrentQueue<Exception> failures = new();

    public void FailNext(Exception error) => failures.Enqueue(error);

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        Fails() ?? storage.ReadStateAsync(stateName, grainId, grainState);

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        Fails() ?? storage.WriteStateAsync(stateName, grainId, grainState);

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        Fails() ?? storage.ClearStateAsync(stateName, grainId, grainState);

    private Task? Fails() => failures.TryDequeue(out var error) ? Task.FromException(error) : null;
}
