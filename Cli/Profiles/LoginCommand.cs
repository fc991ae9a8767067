using System.CommandLine;
using System.Text.Json.Serialization;
using Fleet.Client;

namespace Fleet.Cli;

/// <summary><c>fleet login</c>: tries the connection, then remembers it.</summary>
internal static class LoginCommand
{
    private const int DefaultEnrolmentPort = 8445;

    public static Command Create(Surroundings surroundings)
    {
        var noCheck = new Option<bool>("--no-check") { Description = "Remember without asking the engine whether it works." };
        var fingerprint = Fingerprint();
        var enrolment = new Option<string?>("--enrolment") { Description = "With --ca-fingerprint: the engine's enrolment port. Default: port 8445 of the same host.", HelpName = "URL" };
        var command = new Command("login", "Remembers engine, key and authority in a file that only you can read.") { noCheck, fingerprint, enrolment };
        var connection = ConnectionOptions.AddTo(command, surroundings);
        command.SetAction(async (parsed, cancel) =>
        {
            var profile = connection.Resolve(parsed);
            if (parsed.GetValue(fingerprint) is { } expected)
            {
                using var authority = await FleetAuthority.Fetch(Enrolment(profile.Engine, parsed.GetValue(enrolment)), expected, cancel);
                profile = profile with { Authority = authority.ExportCertificatePem() };
            }
            using (var client = connection.Connect(profile))
                if (!parsed.GetValue(noCheck)) await client.Registry.Check(cancel);

            profile.Save(connection.ProfileFile);
            new Printer(parsed, surroundings).Write(
                new LoginResult(profile.Engine, connection.ProfileFile), LoginJson.Default.LoginResult,
                r => Tables.Facts([("engine", r.Engine), ("remembered in", r.Profile)]));
            return Exit.Good;
        });
        return command;
    }

    private static Option<string?> Fingerprint() => new("--ca-fingerprint")
    {
        Description = "Instead of --ca: SHA-256 of the authority's certificate (DER); the certificate is fetched and believed only when it fits.",
        HelpName = "HEX",
        CustomParser = result =>
        {
            var text = result.Tokens.Single().Value;
            var hex = text.Replace(":", "", StringComparison.Ordinal);
            if (hex.Length == 64 && hex.All(char.IsAsciiHexDigit)) return hex;
            result.AddError($"--ca-fingerprint: '{text}' is none: expected the 64 hexadecimal digits of a SHA-256");
            return null;
        },
    };

    private static Uri Enrolment(string engine, string? given)
    {
        var address = ConnectionOptions.Address(given ?? engine);
        return given is null ? new UriBuilder(address) { Port = DefaultEnrolmentPort }.Uri : address;
    }
}

/// <summary>What was remembered, and where; never the key.</summary>
internal sealed record LoginResult(string Engine, string Profile);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(LoginResult))]
internal sealed partial class LoginJson : JsonSerializerContext;
