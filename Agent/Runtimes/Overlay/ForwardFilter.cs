using System.Text.Json;
using Fleet.Agent.Delivery;

namespace Fleet.Agent.Runtimes.Overlay;

/// <summary>
/// Lets traffic of slots through where somebody else's firewall drops what the device forwards: accepting in a table of our
/// own would not help, every table has its say. The rules carry our name, and a purge takes them out again.
/// </summary>
internal static class ForwardFilter
{
    /// <summary>Adds what is missing. Safe to repeat.</summary>
    public static async Task Open(DeliveryOptions options, CancellationToken cancel)
    {
        foreach (var chain in await Chains(cancel))
        {
            if ((await Ours(chain, options, cancel)).Count > 0) continue;
            foreach (var side in (string[])["iifname", "oifname"])
                (await Tool.Run("nft", ["insert", "rule", chain.Family, chain.Table, chain.Name, side, $"{options.Scope}-*", "accept", "comment", Mark(options)], cancel)).Require();
        }
    }

    /// <summary>Takes our rules out.</summary>
    public static async Task Remove(DeliveryOptions options, CancellationToken cancel)
    {
        foreach (var chain in await Chains(cancel))
            foreach (var handle in await Ours(chain, options, cancel))
                await Tool.Run("nft", ["delete", "rule", chain.Family, chain.Table, chain.Name, "handle", handle], cancel);
    }

    private static string Mark(DeliveryOptions options) => $"\"fleet {options.Scope}\"";

    private static async Task<List<Chain>> Chains(CancellationToken cancel)
    {
        using var json = JsonDocument.Parse((await Tool.Run("nft", ["--json", "list", "chains"], cancel)).Require().Output);
        return
        [
            .. from entry in json.RootElement.GetProperty("nftables").EnumerateArray()
               where entry.TryGetProperty("chain", out _)
               let chain = entry.GetProperty("chain")
               where Text(chain, "hook") == "forward" && Text(chain, "policy") == "drop" && Text(chain, "family") is "ip" or "inet"
               select new Chain(Text(chain, "family"), Text(chain, "table"), Text(chain, "name")),
        ];
    }

    private static async Task<List<string>> Ours(Chain chain, DeliveryOptions options, CancellationToken cancel)
    {
        using var json = JsonDocument.Parse((await Tool.Run("nft", ["--json", "list", "chain", chain.Family, chain.Table, chain.Name], cancel)).Require().Output);
        return
        [
            .. from entry in json.RootElement.GetProperty("nftables").EnumerateArray()
               where entry.TryGetProperty("rule", out _)
               let rule = entry.GetProperty("rule")
               where Text(rule, "comment") == Mark(options).Trim('"')
               select rule.GetProperty("handle").GetRawText(),
        ];
    }

    private static string Text(JsonElement element, string name) => element.TryGetProperty(name, out var value) ? value.GetString() ?? "" : "";

    private readonly record struct Chain(string Family, string Table, string Name);
}
