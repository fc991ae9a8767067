namespace Fleet.Gateway.Api;

/// <summary>What a grain refused: its reason tells the kind.</summary>
internal static class GrainRefusal
{
    /// <summary>The same id with another content is 409, as is what another one holds; the rest was understood, and refused.</summary>
    public static RpcException Of(string reason, string detail)
    {
        var status = reason switch
        {
            _ when reason.EndsWith("_EXISTS", StringComparison.Ordinal) => StatusCode.AlreadyExists,
            "BUSY" or "HELD" => StatusCode.Aborted,
            "RESOURCE_UNKNOWN" or "HOLD_UNKNOWN" => StatusCode.NotFound,
            _ => StatusCode.FailedPrecondition,
        };
        return new Refusal(status, reason.Length > 0 ? reason : "REFUSED", detail).ToException();
    }
}
