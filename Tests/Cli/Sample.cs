using Fleet.Protocol.V1;
using Google.Protobuf.WellKnownTypes;

namespace Fleet.Cli;

/// <summary>Things of a fleet as an engine would describe them.</summary>
internal static class Sample
{
    public static Timestamp At(double seconds) => (CommandLine.Noon + TimeSpan.FromSeconds(seconds)).ToTimestamp();

    public static InstanceManifest Manifest() => new()
    {
        Image = "web",
        Version = "1.22.1-9",
        ImageDigest = $"sha256:{new string('a', 64)}",
        Ports = { new PublishedPort { HostPort = 8443, ServicePort = "https" } },
    };

    public static InstanceManifest Fixed()
    {
        var manifest = Manifest();
        manifest.Hotfixes.Add(new HotfixInForce { Patch = "libssl3-fix", Component = "pkg:deb/debian/libssl3", FromVersion = "3.0.17-1", ToVersion = "3.0.20-1" });
        return manifest;
    }

    public static Change Change(params ChangePhase[] phases)
    {
        var change = new Change
        {
            Id = "c1",
            Resource = "web-1",
            Instance = "nginx",
            Patch = "libssl3-fix",
            Phase = phases[^1],
            Reason = "CVE-2026-0001",
            RequestedBy = "admin",
            Requested = At(0),
            Deadline = At(900),
            History = { phases.Select((p, i) => new PhaseEntry { Phase = p, At = At(i * 1.5), Detail = p == ChangePhase.Applied ? "traffic goes to slot b" : "" }) },
        };
        if (Client.ChangePhases.HasEnded(change.Phase)) change.Ended = At((phases.Length - 1) * 1.5);
        return change;
    }

    public static Instance Instance(Change? change = null) => new()
    {
        Resource = "web-1",
        Name = "nginx",
        Desired = Fixed(),
        Observed = Fixed(),
        Generation = 2,
        Health = Health.Healthy,
        Change = change,
        LastReport = At(60),
        Slots = { new Slot { Id = "b", Active = true, Running = true, Manifest = Fixed(), InitPid = 4711, Connections = 3, Started = At(1) } },
        RestorePoints = { new RestorePoint { Change = "c1", Manifest = Manifest(), Made = At(1) } },
        Packages = { "pkg:deb/debian/nginx@1.22.1-9" },
    };

    public static Resource Resource() => new()
    {
        Name = "web-1",
        Connected = true,
        LastSeen = At(60),
        AgentVersion = "0.1.0",
        OperatingSystem = new Protocol.V1.OperatingSystem { PrettyName = "Debian GNU/Linux 12 (bookworm)", Kernel = "6.1.0", Architecture = "x86_64" },
        Report = new ResourceReport { Usage = new Usage { CpuShare = 0.125, MemoryBytes = 512 << 20 }, DiskFreeBytes = 10UL << 30, DiskTotalBytes = 20UL << 30 },
        ClockSkew = Duration.FromTimeSpan(TimeSpan.FromSeconds(-1.5)),
        CertificateExpires = At(86400),
        Instances = { "nginx" },
    };

    public static Image Image() => new()
    {
        Name = "web",
        Versions = { new ImageVersion { Image = "web", Version = "1.22.1-9", Digest = $"sha256:{new string('a', 64)}", Components = { "pkg:deb/debian/nginx@1.22.1-9" }, Published = At(0) } },
        Patches = { Patch() },
    };

    public static Patch Patch() => new()
    {
        Id = "libssl3-fix",
        Image = "web",
        Kind = "hotfix",
        Component = "pkg:deb/debian/libssl3",
        FromVersion = "3.0.17-1",
        ToVersion = "3.0.20-1",
        Fixes = { "CVE-2026-0001" },
        Issued = At(0),
        Expires = At(86400),
        PublisherKey = new string('b', 64),
        Quarantined = true,
        QuarantineReason = "its rollout failed",
    };

    public static AuditRecord Record(ulong number, string action, string subject = "web-1/nginx") => new()
    {
        Number = number,
        Id = $"r{number}",
        At = At(number),
        Actor = "admin",
        Action = action,
        Subject = subject,
        Reason = "CVE-2026-0001",
        Outcome = action == "committed" ? "good" : "",
    };
}
