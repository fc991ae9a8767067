using System.Runtime.CompilerServices;
using Grpc.Core;

namespace Fleet.Client;

/// <summary>A part of a collection, and where the next one begins.</summary>
/// <param name="Items">In the order that the collection has; may be empty although more follow.</param>
/// <param name="NextToken">Gets the next page; empty at the end. It says nothing to anybody but the engine.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string NextToken)
{
    /// <summary>Whether nothing follows.</summary>
    public bool IsLast => NextToken.Length == 0;
}

/// <summary>Collections as one stream.</summary>
internal static class Pages
{
    /// <summary>How many are asked for at once where nobody says.</summary>
    public const int Size = 200;

    /// <summary>All items, page after page, each page asked for when its first item is.</summary>
    public static async IAsyncEnumerable<T> All<T>(Func<string, CancellationToken, Task<Page<T>>> page, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        var token = "";
        do
        {
            var now = await page(token, cancel);
            foreach (var item in now.Items) yield return item;
            // It would never end.
            if (now.NextToken == token && token.Length > 0) throw new FleetException(StatusCode.Internal, "PAGE_REPEATED", "the engine named the same page twice");
            token = now.NextToken;
        }
        while (token.Length > 0);
    }
}
