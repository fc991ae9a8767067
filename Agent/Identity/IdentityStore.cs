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

    private string PendingKeyFile => Path.Combine(_directory, "pending-key.pem");

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
        DurableFile.Delete(PendingKeyFile);
    }

    /// <summary>
    /// The key to ask a certificate for: the same one until it was certified, so that asking again after a lost answer asks
    /// for the same thing.
    /// </summary>
    public ECDsa PendingKey()
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        if (File.Exists(PendingKeyFile))
        {
            try
            {
                key.ImportFromPem(File.ReadAllText(PendingKeyFile));
                return key;
            }
            catch (Exception e) when (e is CryptographicException or ArgumentException)
            {
                // Never certified, so nothing is lost with it.
                key.Dispose();
                key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            }
        }

        MakeDirectory();
        DurableFile.Write(PendingKeyFile, Encoding.ASCII.GetBytes(key.ExportECPrivateKeyPem()), OwnerOnly);
        return key;
    }

    private void MakeDirectory() =>
        Directory.CreateDirectory(_directory, OwnerOnly | UnixFileMode.UserExecute);
}
