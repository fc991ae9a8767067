namespace Fleet.Engine.Tests;

/// <summary>The engine of this build, for the few rules that hold on one of them only.</summary>
internal static class EngineInUse
{
#if EMBEDDED
    public const bool IsEmbedded = true;
#else
    public const bool IsEmbedded = false;
#endif
}
