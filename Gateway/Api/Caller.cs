namespace Fleet.Gateway.Api;

internal static class Caller
{
    /// <summary>Who calls: the actor in the audit.</summary>
    public static string Of(ServerCallContext context) => context.GetHttpContext().User.Identity?.Name
        ?? throw new InvalidOperationException("an endpoint of the API let somebody in without a name");
}
