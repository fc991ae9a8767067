using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Fleet.Agent.Delivery;
using Fleet.Agent.Identity;

namespace Fleet.Agent;

/// <summary>What the agent is told about its device, in <c>agent.json</c> in the data directory. Whatever isn't there has its default.</summary>
internal sealed record AgentConfiguration
{
    public const string FileName = "agent.json";

    /// <summary>Where agents with a certificate find the engine: host and port.</summary>
    public string Engine { get; set; } = "";

    /// <summary>Public keys of publishers whose patches are believed: PEM, or the path of a PEM file, from the data directory.</summary>
    public IReadOnlyList<string> PublisherKeys { get; set; } = [];

    /// <summary>Addresses for slots, four for each.</summary>
    public string AddressPool { get; set; } = "10.213.0.0/16";

    /// <summary>Prefix of what is made on the device (cgroup, nftables table, links); two agents on one device need two.</summary>
    public string Scope { get; set; } = "fleet";

    /// <summary>How often to report until the engine says otherwise.</summary>
    public double ReportIntervalSeconds { get; set; } = 10;

    /// <summary>The program that is process 1 of every slot.</summary>
    public string Init { get; set; } = "/usr/bin/tini-static";

    /// <summary>A static busybox, which sets slots up.</summary>
    public string Busybox { get; set; } = "/bin/busybox";

    /// <summary>How much may wait on disk for the engine.</summary>
    public int SpoolLimitMiB { get; set; } = 8;

    /// <summary>Reads the file; the defaults when there is none.</summary>
    /// <exception cref="InvalidDataException">It can't be meant; the message says what.</exception>
    public static AgentConfiguration Load(string dataDirectory)
    {
        var path = Path.Combine(dataDirectory, FileName);
        if (!File.Exists(path)) return new();
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), ConfigurationJson.Default.AgentConfiguration)?.Checked() ?? new();
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            throw new InvalidDataException($"{path}: {e.Message}", e);
        }
    }

    /// <summary>Writes the file.</summary>
    public void Save(string dataDirectory) => DurableFile.Write(
        Path.Combine(dataDirectory, FileName), JsonSerializer.SerializeToUtf8Bytes(this, ConfigurationJson.Default.AgentConfiguration),
        UnixFileMode.UserRead | UnixFileMode.UserWrite);

    /// <summary>The publishers' keys.</summary>
    /// <exception cref="InvalidDataException">One is no ECDSA P-256 public key.</exception>
    public IReadOnlyList<ECDsa> Publishers(string dataDirectory) =>
        [.. PublisherKeys.Select(key => PublisherKey.Read(PublisherKey.IsPem(key) ? key : PublisherKey.Text(Path.Combine(dataDirectory, key))))];

    /// <summary>What delivery is told.</summary>
    public DeliveryOptions Delivery(string dataDirectory) => new()
    {
        DataDirectory = dataDirectory,
        PublisherKeys = Publishers(dataDirectory),
        Scope = Scope,
        AddressPool = IPNetwork.Parse(AddressPool),
        Init = Init,
        Busybox = Busybox,
    };

    private AgentConfiguration Checked()
    {
        if (Engine.Length > 0 && !IsAddress(Engine)) throw new FormatException($"engine: '{Engine}' is no host:port");
        if (!IPNetwork.TryParse(AddressPool, out _)) throw new FormatException($"addressPool: '{AddressPool}' is no network like 10.213.0.0/16");
        if (ReportIntervalSeconds is not (>= 1 and <= 300)) throw new FormatException("reportIntervalSeconds: expected 1 to 300");
        if (SpoolLimitMiB is < 1 or > 1024) throw new FormatException("spoolLimitMiB: expected 1 to 1024");
        return this;
    }

    /// <summary>Whether this is host:port.</summary>
    public static bool IsAddress(string text) =>
        Uri.TryCreate($"https://{text}", UriKind.Absolute, out var uri) && uri.PathAndQuery == "/" && uri.UserInfo.Length == 0 && text.EndsWith($":{uri.Port}", StringComparison.Ordinal);
}

/// <summary>Public keys of publishers in PEM.</summary>
internal static class PublisherKey
{
    private const string Curve = "1.2.840.10045.3.1.7";

    public static bool IsPem(string text) => text.Contains("-----BEGIN", StringComparison.Ordinal);

    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">It can't be read.</exception>
    public static string Text(string path)
    {
        try { return File.ReadAllText(path); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { throw new InvalidDataException($"publisher key: {e.Message}", e); }
    }

    /// <summary>Reads a key.</summary>
    /// <exception cref="InvalidDataException">It is no ECDSA P-256 public key, or a private one.</exception>
    public static ECDsa Read(string pem)
    {
        // A private key has no business on a device.
        if (pem.Contains("PRIVATE KEY", StringComparison.Ordinal)) throw new InvalidDataException("publisher key: this is a private key; the device needs the public one");
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
            if (key.ExportParameters(false).Curve.Oid.Value == Curve) return key;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new InvalidDataException($"publisher key: no public key in PEM ({e.Message})", e);
        }

        throw new InvalidDataException("publisher key: not on the curve P-256");
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, ReadCommentHandling = JsonCommentHandling.Skip,
    AllowTrailingCommas = true, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(AgentConfiguration))]
internal sealed partial class ConfigurationJson : JsonSerializerContext;
