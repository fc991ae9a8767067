using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Fleet.Agent.Identity;

/// <summary>Keeps the device's key, certificate and authority in one file, so that they change together or not at all.</summary>
internal sealed class IdentityStore(string dataDirectory)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private readonly string _directory = Path.Combine(dataDirectory, "identity");

    private string IdentityFile => Path.Combine(_directory, "identity.pem");

    private string PendingFile => Path.Combine(_directory, "pending.pem");

    /// <summary>Who the device is; null before it enrolled.</summary>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public DeviceIdentity? Load()
    {
        if (!File.Exists(IdentityFile)) return null;
        try
        {
            var pem = File.ReadAllText(IdentityFile);
            var certificates = new X509Certificate2Collection();
            certificates.ImportFromPem(pem);
            var own = X509Certificate2.CreateFromPem(pem, pem);
            return new(own.GetNameInfo(X509NameType.SimpleName, forIssuer: false), own, certificates[1]);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new InvalidDataException($"{IdentityFile} is damaged ({e.Message}): remove it and enrol again with a new token", e);
        }
    }

    /// <summary>Makes this the device's identity; returns when it is durable.</summary>
    public void Save(DeviceIdentity identity)
    {
        using var key = identity.Certificate.GetECDsaPrivateKey() ?? throw new ArgumentException("the identity has no private key", nameof(identity));
        var pem = $"{key.ExportECPrivateKeyPem()}\n{identity.Certificate.ExportCertificatePem()}\n{identity.Authority.ExportCertificatePem()}\n";
        MakeDirectory();
        DurableFile.Write(IdentityFile, Encoding.ASCII.GetBytes(pem), OwnerOnly);
        DurableFile.Delete(PendingFile);
    }

    /// <summary>
    /// The request for a certificate, with its new key: the same one, byte for byte, until it was certified. So asking again
    /// after a lost answer asks for the same thing, and the engine can tell it from a token that is used twice.
    /// </summary>
    public PendingRequest Pending(string resource)
    {
        if (File.Exists(PendingFile) && PendingRequest.Read(File.ReadAllText(PendingFile), resource) is { } left) return left;

        var made = PendingRequest.Make(resource);
        MakeDirectory();
        DurableFile.Write(PendingFile, Encoding.ASCII.GetBytes(made.ToPem()), OwnerOnly);
        return made;
    }

    private void MakeDirectory() =>
        Directory.CreateDirectory(_directory, OwnerOnly | UnixFileMode.UserExecute);
}
