using System.CommandLine;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Fleet.Client;

namespace Fleet.Cli;

/// <summary>How a command finds the engine: flags, then the environment, then the profile of <c>fleet login</c>.</summary>
internal sealed class ConnectionOptions
{
    public const string Help = """
        The engine's address, the operator key and the authority's certificate come from --engine, --key and --ca, else from
        FLEET_ENGINE, FLEET_KEY and FLEET_CA, else from what 'fleet login' remembered.
        """;

    private const string Engine = "--engine", Key = "--key", Authority = "--ca";
    private const string KeyVariable = "FLEET_KEY", KeyIsTyped = "-";

    private readonly Surroundings _surroundings;
    private readonly Option<string?> _engine, _key, _authority;

    private ConnectionOptions(Surroundings surroundings, Option<string?> engine, Option<string?> key, Option<string?> authority) =>
        (_surroundings, _engine, _key, _authority) = (surroundings, engine, key, authority);

    /// <summary>Gives a command the options with which it finds the engine.</summary>
    public static ConnectionOptions AddTo(Command command, Surroundings surroundings)
    {
        var options = new ConnectionOptions(
            surroundings,
            new(Engine) { Description = "Address of the engine, e.g. https://engine:8443.", HelpName = "URL" },
            new(Key) { Description = "Operator key; '-' reads it from standard input, where no other user can see it.", HelpName = "KEY" },
            new(Authority) { Description = "The authority to trust: its certificate, PEM. Default: the system's store.", HelpName = "FILE" });
        command.Add(options._engine);
        command.Add(options._key);
        command.Add(options._authority);
        return options;
    }

    /// <summary>Whether a command asks an engine.</summary>
    public static bool Has(Command command) => command.Options.Any(o => o.Name == Engine);

    /// <summary>A client for a shell that waits: tried once, and null when the key would have to be typed.</summary>
    public static FleetClient? ForCompletion(ParseResult parsed, Surroundings surroundings)
    {
        var command = parsed.CommandResult.Command;
        var options = new ConnectionOptions(surroundings, Of(command, Engine), Of(command, Key), Of(command, Authority));
        return options.Given(parsed, options._key, KeyVariable) == KeyIsTyped ? null : options.Connect(options.Resolve(parsed), attempts: 1);

        static Option<string?> Of(Command command, string name) => command.Options.OfType<Option<string?>>().Single(o => o.Name == name);
    }

    public string ProfileFile => Path.Combine(_surroundings.Settings, "config.json");

    /// <summary>A client of the engine that this command is about.</summary>
    public FleetClient Connect(ParseResult parsed) => Connect(Resolve(parsed));

    public FleetClient Connect(Profile profile, int attempts = 5) => new(new FleetClientOptions
    {
        Attempts = attempts,
        Engine = Address(profile.Engine),
        Key = profile.Key,
        Authority = profile.Authority is { } pem ? Certificate(pem) : null,
        Time = _surroundings.Time,
        Chance = _surroundings.Chance,
    });

    public static Uri Address(string text) => Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme == Uri.UriSchemeHttps
        ? address
        : throw CliException.Usage($"'{text}' is no address of an engine", "expected https://HOST:PORT");

    public Profile Resolve(ParseResult parsed)
    {
        var engine = Given(parsed, _engine, "FLEET_ENGINE");
        var key = Given(parsed, _key, KeyVariable);
        var authority = Given(parsed, _authority, "FLEET_CA");
        var remembered = Profile.Load(ProfileFile);
        // A key belongs to its engine, and must not be shown to another.
        if (engine is not null && remembered is not null && engine.TrimEnd('/') != remembered.Engine.TrimEnd('/')) remembered = null;

        engine ??= remembered?.Engine;
        key ??= remembered?.Key;
        if (engine is null) throw CliException.Usage("no engine is known", "give --engine or FLEET_ENGINE, or run 'fleet login' once");
        if (key is null) throw new CliException(Exit.Unauthorised, $"no operator key for {engine}", "give --key or FLEET_KEY, or run 'fleet login' once");
        return new Profile
        {
            Engine = engine,
            Key = key == KeyIsTyped ? ReadKey() : key,
            Authority = authority is null ? remembered?.Authority : Pem(authority),
        };
    }

    private string? Given(ParseResult parsed, Option<string?> option, string variable) =>
        parsed.GetValue(option) is { Length: > 0 } flag ? flag
        : _surroundings.Environment(variable) is { Length: > 0 } value ? value
        : null;

    private string ReadKey() => _surroundings.In.ReadLine()?.Trim() is { Length: > 0 } key
        ? key
        : throw CliException.Usage("--key -: standard input holds no key");

    private static string Pem(string file)
    {
        try
        {
            // Only the certificate, whatever else stands in the file.
            return Certificate(File.ReadAllText(file)).ExportCertificatePem();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CliException.File(file, e);
        }
        catch (CryptographicException e)
        {
            throw CliException.Usage($"--ca: '{file}' holds no certificate in PEM form: {e.Message}");
        }
    }

    private static X509Certificate2 Certificate(string pem) => X509Certificate2.CreateFromPem(pem);
}
