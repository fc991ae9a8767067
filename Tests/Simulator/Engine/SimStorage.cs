using System.Text.Json;
using Fleet.Engine.Storage;
using Orleans.Storage;

namespace Fleet.Simulation;

/// <summary>
/// The way of one engine process to the disk: it takes time, and fails as the weather says, before the write or after it. A
/// process that dies on the way never learns whether its write landed.
/// </summary>
internal sealed class SimStorage(SimProcess process, SimDisk disk, Weather weather, LawBook laws) : IGrainStorage
{
    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        await process.Simulator.Delay(weather.StorageTime());
        if (weather.ReadFails()) throw new IOException("the disk can't be read");
        if (disk.Find(grainId.ToString(), stateName) is not { } record)
        {
            Forget(grainState);
            return;
        }

        grainState.State = JsonSerializer.Deserialize<T>(record.Json(), StateJson.Options);
        grainState.ETag = record.ETag;
        grainState.RecordExists = true;
    }

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var (grain, state) = (grainId.ToString(), grainState.State);
        await process.Simulator.Delay(weather.StorageTime());
        var fault = weather.WriteFails();
        if (fault == WriteFault.Before) throw new IOException("the disk is full");

        var before = disk.Find(grain, stateName);
        var record = disk.Write(grain, stateName, state, grainState.ETag)
            ?? throw new InconsistentStateException($"{grain} {stateName} is not the one that was read", before?.ETag, grainState.ETag);
        process.Simulator.Trace.Mix(disk.Writes);
        laws.Stored(process, grainId, stateName, before?.State, state!);
        await process.Simulator.Delay(weather.StorageTime());
        if (fault == WriteFault.After) throw new IOException("the disk said nothing");

        grainState.ETag = record.ETag;
        grainState.RecordExists = true;
    }

    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        await process.Simulator.Delay(weather.StorageTime());
        var fault = weather.WriteFails();
        if (fault == WriteFault.Before) throw new IOException("the disk is full");
        if (!disk.Remove(grainId.ToString(), stateName, grainState.ETag))
            throw new InconsistentStateException($"{grainId} {stateName} is not the one that was read");
        if (fault == WriteFault.After) throw new IOException("the disk said nothing");
        Forget(grainState);
    }

    private static void Forget<T>(IGrainState<T> grainState)
    {
        grainState.State = StateSchema<T>.Empty();
        grainState.ETag = null;
        grainState.RecordExists = false;
    }
}

/// <summary>The same way, for reminders.</summary>
internal sealed class SimReminders(SimProcess process, SimDisk disk, Weather weather) : IReminderStore
{
    public IReadOnlyList<ReminderRow> All() => [.. disk.Reminders];

    public IReadOnlyList<ReminderRow> Of(string grain) => [.. disk.Reminders.Where(row => row.Grain == grain)];

    public ReminderRow? Find(string grain, string name) => disk.Reminder(grain, name);

    public async Task<ReminderRow> Write(ReminderRow row)
    {
        await process.Simulator.Delay(weather.StorageTime());
        var fault = weather.WriteFails();
        if (fault == WriteFault.Before) throw new IOException("the disk is full");
        var written = disk.Write(row);
        return fault == WriteFault.After ? throw new IOException("the disk said nothing") : written;
    }

    public async Task<bool> Delete(string grain, string name, long etag)
    {
        await process.Simulator.Delay(weather.StorageTime());
        var fault = weather.WriteFails();
        if (fault == WriteFault.Before) throw new IOException("the disk is full");
        var forgotten = disk.Forget(grain, name, etag);
        return fault == WriteFault.After ? throw new IOException("the disk said nothing") : forgotten;
    }
}
