using System.Text;
using System.Text.Json;
using Fleet.Engine.Storage;
using Orleans.Storage;

namespace Fleet.Engine;

/// <summary>State in a cluster's database: the same JSON with a schema number as in the engine's own.</summary>
internal sealed class StateSerializer : IGrainStorageSerializer
{
    public BinaryData Serialize<T>(T? input) =>
        new(JsonSerializer.SerializeToUtf8Bytes(new Stored(StateSchema<T>.Version, JsonSerializer.SerializeToElement(input, StateJson.Options)), StateJson.Options));

    public T? Deserialize<T>(BinaryData input)
    {
        var stored = JsonSerializer.Deserialize<Stored>(input, StateJson.Options) ?? throw new StateStoreException($"A state of type {typeof(T).Name} is stored as null.");
        if (stored.Schema > StateSchema<T>.Version)
            throw new StateStoreException($"A state of type {typeof(T).Name} has schema {stored.Schema}, newer than the program, which knows {StateSchema<T>.Version}. Start a newer Fleet.");
        return JsonSerializer.Deserialize<T>(StateSchema<T>.Upgrade(Encoding.UTF8.GetBytes(stored.State.GetRawText()), stored.Schema), StateJson.Options) ?? throw new StateStoreException($"A state of type {typeof(T).Name} is stored as null.");
    }

    private sealed record Stored(int Schema, JsonElement State);
}
