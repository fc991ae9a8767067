using Fleet.Fakes;
using Fleet.Protocol.V1;

namespace Fleet.Client;

/// <summary>What most tests of the client begin with.</summary>
internal static class Testing
{
    public static FleetClientOptions Options(this FakeEngine engine, TimeProvider? time = null, string key = FakeEngine.Key) => new()
    {
        Engine = engine.Address,
        Key = key,
        Authority = engine.Authority.Certificate,
        Chance = new NoPause(),
        Time = time ?? TimeProvider.System,
    };

    public static FleetClient Client(this FakeEngine engine, TimeProvider? time = null) => new(engine.Options(time));

    public static Instance Nginx(ulong generation, params ChangePhase[] phases) => new()
    {
        Resource = "web-1",
        Name = "nginx",
        Generation = generation,
        Change = phases.Length == 0 ? null : Change("c1", phases),
    };

    public static Change Change(string id, params ChangePhase[] phases) => new()
    {
        Id = id,
        Resource = "web-1",
        Instance = "nginx",
        Phase = phases[^1],
        History = { phases.Select(p => new PhaseEntry { Phase = p }) },
    };
}
