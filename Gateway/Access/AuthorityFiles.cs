using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Fleet.Protocol.Backups;

namespace Fleet.Gateway.Access;

/// <summary>Keeps the authority in the data directory: <c>authority.key</c>, for the owner alone, and <c>authority.crt</c> for all.</summary>
internal static class AuthorityFiles
{
    /// <summary>The certificate that everybody who speaks with the engine trusts.</summary>
    public const string CertificateFile = "authority.crt";

    /// <summary>The authority's private key.</summary>
    public const string KeyFile = "authority.key";
    private const UnixFileMode OwnerAlone = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode AllMayRead = OwnerAlone | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const int Years = 20;

    /// <summary>Reads the authority, or makes it at the first start.</summary>
    /// <exception cref="StartException">The files can't be read, made, or don't belong together.</exception>
    public static Authority Open(string directory, TimeProvider time)
    {
        var (keyFile, certificateFile) = (Path.Combine(directory, KeyFile), Path.Combine(directory, CertificateFile));
        try
        {
            Directory.CreateDirectory(directory);
            if (Directory.Exists(Path.Combine(directory, BackupForm.Unfinished)))
                throw new StartException($"A restore to {directory} is under way, or did not end: when none runs, empty the directory and restore again.");
            if (!File.Exists(keyFile) && File.Exists(certificateFile))
                throw new StartException($"{keyFile} is missing while {certificateFile} is there: restore the key from a backup, or remove both and enrol every device anew.");
            if (!File.Exists(keyFile)) MakeKey(keyFile);
            var key = ReadKey(keyFile);
            if (!File.Exists(certificateFile)) MakeCertificate(certificateFile, key, time.GetUtcNow());
            return new Authority(key, ReadCertificate(certificateFile, key), time);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartException($"The authority's key and certificate in {directory} can't be read or made: {e.Message}", e);
        }
    }

    private static void MakeKey(string file)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Write(file, key.ExportPkcs8PrivateKeyPem(), OwnerAlone);
    }

    private static ECDsa ReadKey(string file)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(File.ReadAllText(file));
            return key;
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            key.Dispose();
            throw new StartException($"{file} is no private key in PEM form: restore it from a backup.", e);
        }
    }

    private static void MakeCertificate(string file, ECDsa key, DateTimeOffset now)
    {
        // A name of its own for each authority, so that nobody takes one for another.
        var id = Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()))[..12];
        var request = new CertificateRequest($"CN=Fleet authority {id}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddYears(Years));
        Write(file, certificate.ExportCertificatePem() + "\n", AllMayRead);
    }

    private static X509Certificate2 ReadCertificate(string file, ECDsa key)
    {
        X509Certificate2 certificate;
        try
        {
            certificate = X509Certificate2.CreateFromPem(File.ReadAllText(file));
        }
        catch (CryptographicException e)
        {
            throw new StartException($"{file} is no certificate in PEM form: restore it from a backup.", e);
        }

        if (certificate.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo())) return certificate;
        certificate.Dispose();
        throw new StartException($"{file} doesn't belong to the key beside it: restore both from one backup.");
    }

    // Whole or not at all, also after a power cut; and never over a file that another process made meanwhile.
    private static void Write(string file, string text, UnixFileMode mode)
    {
        var aside = file + ".new";
        File.Delete(aside);
        using (var stream = new FileStream(aside, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = mode }))
        {
            stream.Write(System.Text.Encoding.ASCII.GetBytes(text));
            stream.Flush(flushToDisk: true);
        }

        File.Move(aside, file, overwrite: false);
    }
}
