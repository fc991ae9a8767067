using System.Globalization;
using System.Text.Json;
using Orleans.Storage;

namespace Fleet.Engine.Storage;

/// <summary>Grain state as JSON in the engine's own database.</summary>
public sealed class SqliteGrainStorage(StateDatabase database) : IGrainStorage
{
    /// <summary>The name under which grains ask for this storage.</summary>
    public const string Name = "fleet";

    /// <inheritdoc />
    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var grain = grainId.ToString();
        if (database.Read(tables => tables.State.Read(grain, stateName)) is not { } row)
        {
            Forget(grainState);
            return Task.CompletedTask;
        }

        grainState.State = Deserialize<T>(row, stateName, grain);
        grainState.ETag = Text(row.ETag);
        grainState.RecordExists = true;
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var grain = grainId.ToString();
        var body = JsonSerializer.SerializeToUtf8Bytes(grainState.State, StateJson.Options);
        var expected = Number(grainState.ETag);
        var etag = await database.Write((tables, number) =>
        {
            tables.State.Write(grain, stateName, new StateRow(number, StateSchema<T>.Version, body), expected);
            return number;
        });

        grainState.ETag = Text(etag);
        grainState.RecordExists = true;
    }

    /// <inheritdoc />
    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var grain = grainId.ToString();
        var expected = Number(grainState.ETag);
        await database.Write((tables, _) =>
        {
            tables.State.Delete(grain, stateName, expected);
            return true;
        });

        Forget(grainState);
    }

    private static void Forget<T>(IGrainState<T> grainState)
    {
        grainState.State = StateSchema<T>.Empty();
        grainState.ETag = null;
        grainState.RecordExists = false;
    }

    private static T Deserialize<T>(StateRow row, string name, string grain)
    {
        if (row.Schema > StateSchema<T>.Version)
            throw new StateStoreException($"The state '{name}' of grain {grain} has schema {row.Schema}, newer than the program, which knows {StateSchema<T>.Version}. Start a newer Fleet.");
        try
        {
            return JsonSerializer.Deserialize<T>(StateSchema<T>.Upgrade(row.Body, row.Schema), StateJson.Options)
                ?? throw new StateStoreException($"The state '{name}' of grain {grain} is stored as null.");
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new StateStoreException($"The state '{name}' of grain {grain} cannot be read as {typeof(T).Name}: {error.Message}", error);
        }
    }

    private static string Text(long etag) => etag.ToString(CultureInfo.InvariantCulture);

    private static long? Number(string? etag) => etag is null ? null : long.Parse(etag, CultureInfo.InvariantCulture);
}
