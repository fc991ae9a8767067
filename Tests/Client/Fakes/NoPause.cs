namespace Fleet.Fakes;

/// <summary>Jitter that always comes out at nothing, so that no test waits.</summary>
internal sealed class NoPause : Random
{
    public override double NextDouble() => 0;
}
