using System.Globalization;

namespace Fleet.Scenarios;

/// <summary>One device of the fleet; all share this machine, so each has a prefix, addresses and a port of its own.</summary>
internal sealed record Device(int Number)
{
    private const int FirstPort = 19450;

    /// <summary>The name of the one instance on each device.</summary>
    public const string Service = "web";

    public string Resource => string.Create(CultureInfo.InvariantCulture, $"web-{Number}");

    public string Instance => $"{Resource}/{Service}";

    public string Scope => string.Create(CultureInfo.InvariantCulture, $"fleetd{Number}");

    public string AddressPool => string.Create(CultureInfo.InvariantCulture, $"10.215.{Number}.0/24");

    public int Port => FirstPort + Number;

    public Uri Address => new($"https://127.0.0.1:{Port}/");

    /// <summary>Two at the edge, the others in the core.</summary>
    public IReadOnlyDictionary<string, string> Labels => new Dictionary<string, string> { ["app"] = "shop", ["ring"] = Number <= 2 ? "edge" : "core" };

    /// <summary>As many as there are to be.</summary>
    public static IReadOnlyList<Device> Make(int count) => [.. Enumerable.Range(1, count).Select(n => new Device(n))];
}
