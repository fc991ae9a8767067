using System.Collections.Immutable;
using Fleet.Images;

namespace Fleet.Agent.Runtimes.Overlay;

/// <summary>
/// Replaces files of a running slot by rename, through its own mounted root. Never written through: overlayfs would show
/// neither a new inode nor "(deleted)" to processes that still run the old code.
/// </summary>
internal sealed class InPlace(SlotRuntime slots, LayerStore layers)
{
    private const string Aside = ".fleet-new";

    /// <summary>Puts the files in place that this stack of layers has. A file that is the same already is left alone.</summary>
    public void Replace(SlotPlace place, ImmutableArray<string> files, ImmutableArray<Descriptor> stack)
    {
        var init = slots.Find(place) ?? throw new ToolException("the slot does not run");
        foreach (var file in files) Replace($"/proc/{init.Pid}/root", file, SourceOf(file, stack));
    }

    /// <summary>The topmost layer's file.</summary>
    private string SourceOf(string file, ImmutableArray<Descriptor> stack) => stack.Reverse()
        .Select(layer => Path.Combine(layers.PathOf(layer.Digest), file)).FirstOrDefault(File.Exists)
        ?? throw new ToolException($"no layer has '{file}'");

    private static void Replace(string root, string file, string source)
    {
        // A service that is not to be trusted may have made links; opened like this they stay within its root.
        using var directory = Linux.OpenDirectoryIn(root, Path.GetDirectoryName(file) is { Length: > 0 } parent ? parent : ".");
        var here = $"/proc/self/fd/{directory.DangerousGetHandle()}";
        var (target, aside) = (Path.Combine(here, Path.GetFileName(file)), Path.Combine(here, "." + Path.GetFileName(file) + Aside));
        if (new FileInfo(target) is { Exists: true, LinkTarget: null } present && Same(present.FullName, source)) return;

        File.Delete(aside);
        using (var from = File.OpenRead(source))
        using (var to = new FileStream(aside, FileMode.CreateNew, FileAccess.Write))
        {
            from.CopyTo(to);
            to.Flush(flushToDisk: true);
        }
        Linux.CopyOwnerAndMode(source, aside);
        File.Move(aside, target, overwrite: true);
        Linux.Sync(directory);
    }

    private static bool Same(string a, string b)
    {
        using var left = File.OpenRead(a);
        using var right = File.OpenRead(b);
        return left.Length == right.Length
            && System.Security.Cryptography.SHA256.HashData(left).AsSpan().SequenceEqual(System.Security.Cryptography.SHA256.HashData(right));
    }
}
