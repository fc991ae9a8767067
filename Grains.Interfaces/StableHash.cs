using System.Text;

namespace Fleet;

/// <summary>A hash that is the same in every process and for ever: it decides in which shard things are kept.</summary>
internal static class StableHash
{
    /// <summary>Which of <paramref name="shards"/> shards this text belongs to.</summary>
    /// <remarks>FNV-1a, 32 bits.</remarks>
    public static int Shard(string text, int shards)
    {
        var hash = 2166136261u;
        foreach (var b in Encoding.UTF8.GetBytes(text)) hash = unchecked((hash ^ b) * 16777619u);
        return (int)(hash % (uint)shards);
    }
}
