using System.Reflection;
using System.Text.Json.Serialization;
using Fleet.Committing;

namespace Fleet.Telemetry;

/// <summary>Counts what leaves through another outlet, and what couldn't.</summary>
internal sealed class MeasuredOutlet(IOutlet outlet, FleetInstruments instruments) : IOutlet
{
    /// <summary>The word for an audit record.</summary>
    public const string Audit = "record";

    // The words by which effects are stored.
    private static readonly Dictionary<Type, string> Words = typeof(Effect).GetCustomAttributes<JsonDerivedTypeAttribute>()
        .ToDictionary(a => a.DerivedType, a => (string)a.TypeDiscriminator!);

    /// <summary>A word for each kind of effect.</summary>
    public static IEnumerable<string> Kinds => Words.Values;

    public async Task Send(Effect effect)
    {
        var arrived = false;
        try
        {
            await outlet.Send(effect);
            arrived = true;
        }
        finally
        {
            instruments.Sent(Words[effect.GetType()], arrived);
        }
    }

    public async Task WakeAt(GrainId self, DateTimeOffset at)
    {
        try
        {
            await outlet.WakeAt(self, at);
        }
        catch
        {
            instruments.NotWoken();
            throw;
        }
    }

    public Task Awake(GrainId self, DateTimeOffset now) => outlet.Awake(self, now);
}
