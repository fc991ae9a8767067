using System.Text.Json;
using Fleet.Fakes;
using Microsoft.Extensions.Time.Testing;

namespace Fleet.Cli;

/// <summary>Runs <c>fleet</c> in this process, with a home of its own, and keeps what it said.</summary>
internal sealed class CommandLine : IDisposable
{
    public static readonly DateTimeOffset Noon = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);

    public string Home { get; } = Directory.CreateTempSubdirectory("fleet-cli-").FullName;

    public Dictionary<string, string> Environment { get; } = [];

    public FakeTimeProvider Time { get; } = new(Noon);

    public string In { get; set; } = "";

    public int? Columns { get; set; }

    /// <summary>Is told all of standard output so far, whenever more was written.</summary>
    public Action<string>? Said { get; set; }

    /// <summary>Standard output of the last run.</summary>
    public string Out { get; private set; } = "";

    /// <summary>Standard error of the last run.</summary>
    public string Error { get; private set; } = "";

    public string Profile => Path.Combine(Home, ".config", "fleet", "config.json");

    public string File(string name) => Path.Combine(Home, name);

    /// <summary>Makes this engine the one that the environment names.</summary>
    public CommandLine At(FakeEngine engine)
    {
        System.IO.File.WriteAllText(File("ca.pem"), engine.Authority.Certificate.ExportCertificatePem());
        Environment["FLEET_ENGINE"] = $"{engine.Address}";
        Environment["FLEET_KEY"] = FakeEngine.Key;
        Environment["FLEET_CA"] = File("ca.pem");
        return this;
    }

    public Task<int> Run(string line, CancellationToken cancel = default) => Run(line.Split(' ', StringSplitOptions.RemoveEmptyEntries), cancel);

    public async Task<int> Run(string[] args, CancellationToken cancel = default)
    {
        using var output = new Listened(this);
        using var error = new StringWriter { NewLine = "\n" };
        try
        {
            return await FleetCommand.Run(args, new Surroundings
            {
                In = new StringReader(In),
                Out = output,
                Error = error,
                Environment = Environment.GetValueOrDefault,
                Home = Home,
                Columns = Columns,
                Time = Time,
                Chance = new NoPause(),
            }, cancel);
        }
        finally
        {
            (Out, Error) = (output.ToString(), error.ToString());
        }
    }

    /// <summary>The last output, line by line, each of which must be a JSON object.</summary>
    public JsonElement[] Json() => [.. Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];

    public void Dispose() => Directory.Delete(Home, recursive: true);

    private sealed class Listened : StringWriter
    {
        private readonly CommandLine _fleet;

        public Listened(CommandLine fleet) => (_fleet, NewLine) = (fleet, "\n");

        public override void Flush() => _fleet.Said?.Invoke(ToString());
    }
}
