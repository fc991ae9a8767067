using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;
using Fleet.Images;

namespace Fleet.Cli;

/// <summary><c>fleet key</c>: the pairs with which publishers sign. The private half is written to its file and shown nowhere.</summary>
internal static class KeyCommands
{
    public static Command New(Surroundings surroundings)
    {
        var file = new Argument<string>("FILE") { Description = "Where the private key goes; the public key goes to FILE.pub." };
        var command = new Command("new", "Makes a publisher's key pair (ECDSA P-256, PEM). Devices pin the public key; keep the private key off the engine.") { file };
        command.SetAction(parsed =>
        {
            var path = parsed.GetRequiredValue(file);
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            try
            {
                PrivateFile.Write(path, Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem() + "\n"), replace: false);
                File.WriteAllText($"{path}.pub", key.ExportSubjectPublicKeyInfoPem() + "\n");
            }
            catch (IOException) when (File.Exists(path))
            {
                throw CliException.Usage($"'{path}' exists already", "choose another file: a lost key can't be made again");
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw CliException.File(path, e);
            }
            new Printer(parsed, surroundings).Write(
                new NewKey(SignedPatch.KeyId(key), path, $"{path}.pub"), KeyJson.Default.NewKey,
                k => Tables.Facts([("key id", k.KeyId), ("private key", $"{k.PrivateKey} (only you can read it)"), ("public key", k.PublicKey)]));
            return Exit.Good;
        });
        return command;
    }
}

/// <summary>Where a new pair is.</summary>
internal sealed record NewKey(string KeyId, string PrivateKey, string PublicKey);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(NewKey))]
internal sealed partial class KeyJson : JsonSerializerContext;
