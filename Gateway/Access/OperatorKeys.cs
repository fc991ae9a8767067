using System.Net.Http.Headers;
using System.Security.Claims;
using System.Text;
using System.Text.Encodings.Web;
using Fleet.Access;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Fleet.Gateway.Access;

/// <summary>
/// Knows operators by their key: <c>Authorization: Bearer</c>, or the password of basic authentication, which is how
/// registry clients log in.
/// </summary>
internal sealed class OperatorKeys(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logs, UrlEncoder encoder, IGrainFactory grains, Guesses guesses)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logs, encoder)
{
    public const string SchemeName = "OperatorKey";
    public const string Administrator = "administrator";

    private static readonly Refusal Missing = new(StatusCode.Unauthenticated, "KEY_MISSING", "an operator key is needed: Authorization: Bearer fleet_…");
    private static readonly Refusal Wrong = new(StatusCode.Unauthenticated, "KEY_INVALID", "the operator key is not known");
    private static readonly Refusal Forbidden = new(StatusCode.PermissionDenied, "ROLE_MISSING", "the operator key's role doesn't allow this");

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (KeyText() is not { } text) return AuthenticateResult.NoResult();
        if (KeySecret.Read(text) is not { } key) return AuthenticateResult.Fail(Wrong.Detail);
        var from = Context.Connection.RemoteIpAddress;
        if (!guesses.MayAsk(from, key.Id)) return AuthenticateResult.Fail(Guesses.TooMany.Detail);
        if (await grains.OperatorKey(key.Id).Find() is not { } known)
        {
            guesses.Wrong(from);
            return AuthenticateResult.Fail(Wrong.Detail);
        }

        guesses.Known(key.Id);
        if (!key.Fits(known.SecretHash)) return AuthenticateResult.Fail(Wrong.Detail);

        var identity = new ClaimsIdentity([new(ClaimTypes.Name, known.Name), new(ClaimTypes.Role, known.Role)], SchemeName);
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), SchemeName));
    }

    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        var result = await HandleAuthenticateOnceSafeAsync();
        // Registry clients log in with a password, everybody else has the key itself.
        Response.Headers.WWWAuthenticate = Request.Path.StartsWithSegments("/v2", StringComparison.Ordinal) ? "Basic realm=\"fleet\"" : "Bearer";
        await Refusals.Answer(Context, result.Failure is not { } failure ? Missing : failure.Message == Guesses.TooMany.Detail ? Guesses.TooMany : Wrong);
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) => Refusals.Answer(Context, Forbidden);

    private string? KeyText()
    {
        if (!AuthenticationHeaderValue.TryParse(Request.Headers.Authorization, out var header) || header.Parameter is not { } parameter) return null;
        if (header.Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase)) return parameter;
        if (!header.Scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase)) return null;

        var bytes = new byte[parameter.Length];
        if (!Convert.TryFromBase64String(parameter, bytes, out var length)) return "";
        var pair = Encoding.UTF8.GetString(bytes, 0, length);
        return pair[(pair.IndexOf(':', StringComparison.Ordinal) + 1)..];
    }
}
