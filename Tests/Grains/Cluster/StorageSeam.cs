using Orleans.Storage;

namespace Fleet.Tests.Grains;

/// <summary>Sees every write, can fail it before or after it landed, and tells whoever waits for one.</summary>
internal sealed class StorageSeam
{
    private readonly Lock gate = new();
    private ImmutableList<Waiting> waiting = [];
    private ImmutableList<Fault> faults = [];

    /// <summary>Fails the next writes of grains of this type.</summary>
    /// <param name="landed">Whether the write is stored all the same, and only its acknowledgement is lost.</param>
    public void Fail(string grainType, int times = 1, bool landed = false)
    {
        lock (gate) faults = faults.Add(new(grainType, times, landed));
    }

    public void Heal()
    {
        lock (gate) faults = [];
    }

    /// <summary>Ends when a state like this has been written. To be armed before what causes the write.</summary>
    public Task Written<T>(Func<T, bool> like)
    {
        var wait = new Waiting(state => state is T written && like(written), new(TaskCreationOptions.RunContinuationsAsynchronously));
        lock (gate) waiting = waiting.Add(wait);
        return wait.Done.Task.WaitAsync(TimeSpan.FromSeconds(60));
    }

    public IGrainStorage Over(IGrainStorage storage) => new Decorated(this, storage);

    private Fault? Take(GrainId grain)
    {
        lock (gate)
        {
            if (faults.FirstOrDefault(f => grain.Type.ToString() == f.GrainType) is not { } fault) return null;
            faults = fault.Times == 1 ? faults.Remove(fault) : faults.Replace(fault, fault with { Times = fault.Times - 1 });
            return fault;
        }
    }

    private void Tell(object? state)
    {
        foreach (var wait in waiting.Where(w => w.Like(state))) wait.Done.TrySetResult();
    }

    private sealed record Waiting(Func<object?, bool> Like, TaskCompletionSource Done);

    private sealed record Fault(string GrainType, int Times, bool Landed);

    private sealed class Decorated(StorageSeam seam, IGrainStorage storage) : IGrainStorage
    {
        public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => storage.ReadStateAsync(stateName, grainId, grainState);

        public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
        {
            var fault = seam.Take(grainId);
            if (fault is { Landed: false }) throw new IOException("the disk said no");
            var etag = grainState.ETag;
            await storage.WriteStateAsync(stateName, grainId, grainState);
            if (fault is not null)
            {
                grainState.ETag = etag;
                throw new IOException("the disk said nothing");
            }
            seam.Tell(grainState.State);
        }

        public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => storage.ClearStateAsync(stateName, grainId, grainState);
    }
}
