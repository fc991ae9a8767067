using System.CommandLine;
using System.Text.Json.Serialization;

namespace Fleet.Cli;

/// <summary><c>fleet login</c>: tries the connection, then remembers it.</summary>
internal static class LoginCommand
{
    public static Command Create(Surroundings surroundings)
    {
        var unchecked_ = new Option<bool>("--no-check") { Description = "Remember without asking the engine whether it works." };
        var command = new Command("login", "Remembers engine, key and authority in a file that only you can read.") { unchecked_ };
        var connection = ConnectionOptions.AddTo(command, surroundings);
        command.SetAction(async (parsed, cancel) =>
        {
            var profile = connection.Resolve(parsed);
            using (var client = connection.Connect(profile))
                if (!parsed.GetValue(unchecked_)) await client.Registry.Check(cancel);

            profile.Save(connection.ProfileFile);
            new Printer(parsed, surroundings).Write(
                new LoginResult(profile.Engine, connection.ProfileFile), LoginJson.Default.LoginResult,
                r => Tables.Facts([("engine", r.Engine), ("remembered in", r.Profile)]));
            return Exit.Good;
        });
        return command;
    }
}

/// <summary>What was remembered, and where; never the key.</summary>
internal sealed record LoginResult(string Engine, string Profile);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(LoginResult))]
internal sealed partial class LoginJson : JsonSerializerContext;
