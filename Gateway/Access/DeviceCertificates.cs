using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Fleet.Gateway.Access;

/// <summary>Knows agents by their client certificate: the handshake has judged it, its common name is the resource.</summary>
internal sealed class DeviceCertificates(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logs, UrlEncoder encoder)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logs, encoder)
{
    public const string SchemeName = "DeviceCertificate";
    public const string Device = "device";

    private static readonly Refusal Missing = new(StatusCode.Unauthenticated, "CERTIFICATE_MISSING", "a device certificate is needed");

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (Certificates.ResourceOf(Context.Connection.ClientCertificate) is not { } resource) return Task.FromResult(AuthenticateResult.NoResult());
        var identity = new ClaimsIdentity([new(ClaimTypes.Name, resource), new(ClaimTypes.Role, Device)], SchemeName);
        return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), SchemeName)));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties) =>
        Response.HasStarted ? Task.CompletedTask : Refusals.Answer(Context, Missing);

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        Response.HasStarted ? Task.CompletedTask : Refusals.Answer(Context, Missing);
}
