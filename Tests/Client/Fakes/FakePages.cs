using System.Globalization;
using Google.Protobuf;

namespace Fleet.Fakes;

/// <summary>Small pages, so that few things need several.</summary>
internal static class FakePages
{
    private const int Size = 2;

    public static (IEnumerable<T> Page, string Next) Page<T>(FakeFleet fleet, IMessage request, IEnumerable<T> all, string token)
    {
        fleet.Asked.Enqueue(request);
        var from = token.Length > 0 ? int.Parse(token, CultureInfo.InvariantCulture) : 0;
        var items = all.ToArray();
        return (items.Skip(from).Take(Size), from + Size < items.Length ? $"{from + Size}" : "");
    }
}
