namespace Fleet.Engine.Embedded;

/// <summary>Tells which activation the current code belongs to.</summary>
internal sealed class ContextAccessor : IGrainContextAccessor
{
    public IGrainContext? GrainContext => TurnQueue.CurrentActivation;
}
