using Fleet.Images;

namespace Fleet.Agent.Runtimes;

/// <summary>An image of a static busybox that serves a page, its versions and its hotfixes.</summary>
internal static class TinyImage
{
    public const string Component = "pkg:deb/debian/page";

    /// <summary>The page says the version; with a fault it answers well for a moment and then no more.</summary>
    public static async Task<BuiltImage> Build(Workshop shop, string version, Func<ServiceDefinition, ServiceDefinition>? with = null, string script = "exec /bin/busybox httpd -f -p 8080 -h /www")
    {
        var tree = Directory.CreateDirectory(Path.Combine(shop.Home, "tree-" + version)).FullName;
        foreach (var directory in (string[])["usr/bin", "www", "run", "var/lib/dpkg/status.d"]) Directory.CreateDirectory(Path.Combine(tree, directory));
        File.Copy("/bin/busybox", Path.Combine(tree, "usr/bin/busybox"), overwrite: true);
        File.CreateSymbolicLink(Path.Combine(tree, "usr/bin/sh"), "busybox");
        File.WriteAllText(Path.Combine(tree, "www/index.html"), version);
        File.WriteAllText(Path.Combine(tree, "www/page.html"), "old");
        File.WriteAllText(Path.Combine(tree, "usr/bin/serve"), $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(Path.Combine(tree, "usr/bin/serve"), (UnixFileMode)0b111_101_101);
        File.WriteAllText(Path.Combine(tree, "var/lib/dpkg/status.d/page"), "Package: page\nStatus: install ok installed\nArchitecture: all\nVersion: 1.0\nMaintainer: nobody <nobody@example.org>\nDescription: a page\n");
        var service = new ServiceDefinition
        {
            Command = ["/usr/bin/serve"],
            Ports = [new ServicePort("http", 8080)],
            Probe = new HealthProbe { Kind = ProbeKind.Http, Port = "http", Interval = TimeSpan.FromMilliseconds(100), Timeout = TimeSpan.FromMilliseconds(500) },
            Drain = TimeSpan.FromMilliseconds(500),
            StopTimeout = TimeSpan.FromSeconds(1),
            StartTimeout = TimeSpan.FromSeconds(3),
            Limits = new ServiceLimits(Cpus: 1, MemoryBytes: 64 << 20, Processes: 32),
        };
        return await shop.Build(version, with?.Invoke(service) ?? service, new LayerSource([], tree, []));
    }

    /// <summary>A hotfix that brings files of its own.</summary>
    public static async Task<Patch> Fix(Workshop shop, string version, params (string Path, string From)[] files)
    {
        var tree = Directory.CreateDirectory(Path.Combine(shop.Home, "fix-" + version)).FullName;
        foreach (var (path, from) in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(tree, path))!);
            File.Copy(from, Path.Combine(tree, path), overwrite: true);
        }
        var layer = await LayerPacker.Pack(shop.Layout.Content, [tree], new LayerOptions { Modified = DateTimeOffset.UnixEpoch }, default);
        return Workshop.Swap(new ComponentSwap(Component, "1.0", version, layer.Blob, [.. files.Select(f => f.Path)]));
    }

    /// <summary>A file with this text.</summary>
    public static string Text(Workshop shop, string text)
    {
        var path = Path.Combine(shop.Home, $"text-{Guid.NewGuid():n}");
        File.WriteAllText(path, text);
        return path;
    }
}
