using Fleet.Agent.Delivery;

namespace Fleet.Agent.Runtimes.Overlay;

/// <summary>What the overlay runtime needs from its device.</summary>
internal static class Requirements
{
    private static readonly string[] Tools = ["sh", "unshare", "nsenter", "setsid", "setpriv", "ip", "nft", "umount"];

    /// <exception cref="RuntimeUnavailableException">Something is missing; the message names all of it.</exception>
    public static void Require(DeliveryOptions options)
    {
        var missing = Missing(options).ToArray();
        if (missing.Length > 0) throw new RuntimeUnavailableException($"the overlay runtime can't work here: {string.Join("; ", missing)}");
    }

    private static IEnumerable<string> Missing(DeliveryOptions options)
    {
        if (!Environment.IsPrivilegedProcess) yield return "it needs root: namespaces, mounts and nftables are not for others yet";
        foreach (var tool in Tools.Where(t => Tool.Find(t) is null)) yield return $"program {tool} is missing (Debian packages util-linux, mount, iproute2, nftables)";
        if (!File.Exists(options.Init)) yield return $"'{options.Init}' is missing (Debian package tini)";
        if (!File.Exists(options.Busybox)) yield return $"'{options.Busybox}' is missing (Debian package busybox-static)";
        if (!File.ReadLines("/proc/filesystems").Any(l => l.EndsWith("\toverlay", StringComparison.Ordinal))) yield return "the kernel has no overlay file system (modprobe overlay)";
        if (!Path.IsPathRooted(options.DataDirectory) || options.DataDirectory.AsSpan().ContainsAny(":,\\\n"))
            yield return $"the data directory '{options.DataDirectory}' must be absolute, and without ':', ',' and '\\'";
        if (options.Scope is not { Length: >= 1 and <= 8 } || !options.Scope.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c)))
            yield return $"scope '{options.Scope}' must be 1 to 8 lower-case letters and digits";
        if (options.AddressPool is not { BaseAddress.AddressFamily: System.Net.Sockets.AddressFamily.InterNetwork, PrefixLength: <= 30 and >= 8 })
            yield return $"address pool {options.AddressPool} must be of IPv4, /8 to /30";
    }
}
