using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Fleet.Images;

namespace Fleet.Agent.Runtimes;

/// <summary>Two versions of an image with a real nginx, and a hotfix of its TLS library, from the archive's packages.</summary>
internal sealed record NginxImage(BuiltImage Old, BuiltImage New, ComponentSwap Ssl)
{
    private const string Configuration = """
        user www-data;
        worker_processes 2;
        pid /run/nginx.pid;
        error_log /dev/stderr notice;
        events { worker_connections 512; }
        http {
          access_log off;
          server {
            listen 8443 ssl; ssl_certificate cert.pem; ssl_certificate_key key.pem; ssl_protocols TLSv1.3;
            location / { return 200 "well\n"; }
          }
        }
        """;

    public static async Task<NginxImage> Build(Workshop shop, bool reExec = false)
    {
        var packages = Path.Combine(shop.Home, "packages");
        Directory.CreateDirectory(packages);
        string[] ssl = Versions("libssl3"), nginx = Versions("nginx");
        Assert.SkipWhen(ssl.Length < 2 || nginx.Length == 0, "the archive has no two versions of libssl3 today");
        var (oldSsl, newSsl) = (ssl.Order(Comparer<string>.Create(DebianVersion.Compare)).First(), ssl.Order(Comparer<string>.Create(DebianVersion.Compare)).Last());
        Run(packages, "apt-get", ["download", "-q", $"libssl3={oldSsl}", "libc6", "libcrypt1", "libpcre2-8-0", "zlib1g"]);
        var common = Directory.GetFiles(packages);
        var newest = nginx.Order(Comparer<string>.Create(DebianVersion.Compare)).Last();
        Run(packages, "apt-get", ["download", "-q", $"libssl3={newSsl}", $"nginx={newest}", $"nginx-common={newest}"]);
        string One(string prefix, string version) => Directory.GetFiles(packages, prefix + "_*").Single(f => f.Contains(version.Replace(":", "%3a", StringComparison.Ordinal), StringComparison.Ordinal));

        var tree = Path.Combine(shop.Home, "tree");
        foreach (var directory in (string[])["etc/nginx", "run", "var/lib/nginx", "var/log/nginx", "tmp"]) Directory.CreateDirectory(Path.Combine(tree, directory));
        File.WriteAllText(Path.Combine(tree, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\nwww-data:x:33:33::/var/www:/bin/false\n");
        File.WriteAllText(Path.Combine(tree, "etc/group"), "root:x:0:\nwww-data:x:33:\n");
        File.WriteAllText(Path.Combine(tree, "etc/nginx/nginx.conf"), reExec ? Configuration : "daemon off;\n" + Configuration);
        if (reExec) AddShell(tree);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=web", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(Path.Combine(tree, "etc/nginx/cert.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(tree, "etc/nginx/key.pem"), key.ExportPkcs8PrivateKeyPem());

        var service = new ServiceDefinition
        {
            Command = [reExec ? "/usr/local/sbin/nginx-service" : "/usr/sbin/nginx"],
            ReExec = reExec ? new ReExec(["/usr/local/sbin/nginx-reexec"], TimeSpan.FromSeconds(5)) : null,
            Ports = [new ServicePort("https", 8443)],
            Probe = new HealthProbe { Kind = ProbeKind.Http, Port = "https", Tls = true, Interval = TimeSpan.FromMilliseconds(200) },
            StopSignal = reExec ? "TERM" : "QUIT",
            Drain = TimeSpan.FromSeconds(2),
            Limits = new ServiceLimits(Cpus: 1, MemoryBytes: 256 << 20, Processes: 64),
        };
        LayerSource[] layers =
        [
            new([.. common], null, []),
            new([One("nginx-common", newest), One("nginx", newest)], tree, []),
        ];
        var motd = Path.Combine(shop.Home, "motd");
        Directory.CreateDirectory(Path.Combine(motd, "etc"));
        File.WriteAllText(Path.Combine(motd, "etc/motd"), "2");
        return new NginxImage(
            await shop.Build("1", service, layers),
            await shop.Build("2", service, [.. layers, new LayerSource([], motd, [])]),
            await HotfixBuilder.Build(new HotfixRecipe { Packages = [One("libssl3", newSsl)], FromVersion = oldSsl, Created = DateTimeOffset.UnixEpoch }, shop.Layout.Content));
    }

    // A service that can start its program anew is led by the same scripts as the image that is shown.
    private static void AddShell(string tree)
    {
        foreach (var directory in (string[])["usr/bin", "usr/local/sbin"]) Directory.CreateDirectory(Path.Combine(tree, directory));
        File.Copy("/bin/busybox", Path.Combine(tree, "usr/bin/busybox"));
        foreach (var applet in (string[])["sh", "cat", "rm", "mkfifo", "sleep"]) File.CreateSymbolicLink(Path.Combine(tree, "usr/bin", applet), "busybox");
        var root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "Fleet.sln"))) root = Path.GetDirectoryName(root)!;
        foreach (var script in (string[])["nginx-service", "nginx-reexec"])
        {
            File.Copy(Path.Combine(root, "deploy/image/nginx", script), Path.Combine(tree, "usr/local/sbin", script));
            File.SetUnixFileMode(Path.Combine(tree, "usr/local/sbin", script), (UnixFileMode)0b111_101_101);
        }
    }

    private static string[] Versions(string package) => [.. Run("/", "apt-cache", ["madison", package])
        .Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(l => l.EndsWith("Packages", StringComparison.Ordinal)).Select(l => l.Split('|')[1].Trim()).Distinct()];

    private static string Run(string directory, string program, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = directory, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? said : throw new InvalidOperationException($"{program}: {process.StandardError.ReadToEnd()}");
    }
}
