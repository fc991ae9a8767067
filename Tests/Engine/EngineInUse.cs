using Microsoft.Extensions.Time.Testing;

namespace Fleet.Engine.Tests;

/// <summary>The engine of this build, for the few rules that hold on one of them only.</summary>
internal static class EngineInUse
{
#if EMBEDDED
    public static bool IsEmbedded => true;

    /// <summary>Lets time pass until whatever nobody calls is put to sleep.</summary>
    public static Task LetIdleGrainsSleep(IGrainFactory grains, FakeTimeProvider time)
    {
        for (var minute = 0; minute < 20; minute++) time.Advance(TimeSpan.FromMinutes(1));
        return Task.CompletedTask;
    }
#else
    public static bool IsEmbedded => false;

    /// <summary>Orleans takes real time to find who is idle, whatever clock it is given, so it is told to look at once.</summary>
    public static Task LetIdleGrainsSleep(IGrainFactory grains, FakeTimeProvider time) =>
        grains.GetGrain<IManagementGrain>(0).ForceActivationCollection(TimeSpan.Zero);
#endif
}
