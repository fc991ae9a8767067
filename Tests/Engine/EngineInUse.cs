namespace Fleet.Engine.Tests;

/// <summary>The engine of this build, for the few rules that hold on one of them only.</summary>
internal static class EngineInUse
{
#if EMBEDDED
    public static bool IsEmbedded => true;
#else
    public static bool IsEmbedded => false;
#endif
}
