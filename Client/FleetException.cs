using Grpc.Core;

namespace Fleet.Client;

/// <summary>The engine refused, or could not be reached.</summary>
public sealed class FleetException(StatusCode status, string reason, string detail, IReadOnlyList<FieldFault>? fields = null, Exception? inner = null)
    : Exception(Describe(detail, fields ?? []), inner)
{
    /// <summary>The kind of failure.</summary>
    public StatusCode Status { get; } = status;

    /// <summary>A word for programs, e.g. <c>PATCH_EXPIRED</c>; empty when the engine gave none.</summary>
    public string Reason { get; } = reason;

    /// <summary>A sentence for people.</summary>
    public string Detail { get; } = detail;

    /// <summary>The fields of the request that are wrong.</summary>
    public IReadOnlyList<FieldFault> Fields { get; } = fields ?? [];

    // An engine may have said it all in its sentence already.
    private static string Describe(string detail, IReadOnlyList<FieldFault> fields)
    {
        var more = fields.Where(f => !detail.Contains(f.Description, StringComparison.Ordinal)).Select(f => $"{f.Field}: {f.Description}").ToArray();
        return more.Length == 0 ? detail : $"{detail} ({string.Join("; ", more)})";
    }
}

/// <summary>A field of a request, as the contract names it, and what is wrong with it.</summary>
public sealed record FieldFault(string Field, string Description);
