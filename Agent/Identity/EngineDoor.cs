namespace Fleet.Agent.Identity;

/// <summary>Opens connections to the engine with the device's newest certificate.</summary>
/// <param name="engine">Host and port.</param>
internal sealed class EngineDoor(string engine, DeviceIdentity identity, TimeProvider time)
{
    private DeviceIdentity _identity = identity;

    /// <summary>Host and port.</summary>
    public string Engine => engine;

    /// <summary>Who the device is; what is set holds from the next connection on.</summary>
    public DeviceIdentity Identity
    {
        get => Volatile.Read(ref _identity);
        set => Volatile.Write(ref _identity, value);
    }

    /// <summary>A new connection.</summary>
    public EngineChannel Open()
    {
        var identity = Identity;
        return new(engine, EngineTrust.Of(identity, time).Refuse, identity.Certificate);
    }
}
