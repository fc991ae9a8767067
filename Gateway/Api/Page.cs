using Google.Protobuf;

namespace Fleet.Gateway.Api;

/// <summary>A page that was asked for: of which listing, after which place, and how long.</summary>
/// <param name="Listing">What is listed and by which filter; a token is good for this alone.</param>
/// <param name="After">Where the page before it ended; empty begins.</param>
internal sealed record Page(string Listing, string After, int Size)
{
    public const int DefaultSize = 100;
    public const int LargestSize = 1000;

    /// <summary>gRPC clients take 4 MiB unless they are told otherwise: large items make a shorter page, and its token goes on.</summary>
    public const int MostBytes = 2 << 20;

    /// <summary>What is listed, and by which filter.</summary>
    public static string ListingOf(string name, params IEnumerable<string> filter) => string.Join('\n', filter.Prepend(name));

    /// <summary>How many of these, from the first on, fit in one answer; at least one.</summary>
    public static int Fitting(IEnumerable<IMessage> items)
    {
        var (count, bytes) = (0, 0L);
        foreach (var item in items)
        {
            bytes += item.CalculateSize();
            if (count > 0 && bytes > MostBytes) break;
            count++;
        }

        return count;
    }
}
