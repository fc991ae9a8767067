namespace Fleet.Engine;

/// <summary>What a process of a cluster does.</summary>
public enum EngineRole
{
    /// <summary>Runs grains and is a door to them.</summary>
    All,

    /// <summary>Runs grains.</summary>
    Silo,

    /// <summary>Is a door to the grains that silos run.</summary>
    Gateway,
}
