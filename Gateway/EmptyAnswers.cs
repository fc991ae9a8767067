using Fleet.Protocol.Rest;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace Fleet.Gateway;

/// <summary>Gives an error that the server answered without a word, such as 405, its problem document.</summary>
internal sealed class EmptyAnswers(RequestDelegate next)
{
    public async Task Invoke(HttpContext http)
    {
        try
        {
            await next(http);
        }
        catch (BadHttpRequestException e) when (!http.Response.HasStarted)
        {
            http.Response.StatusCode = e.StatusCode;
        }

        var response = http.Response;
        if (response.StatusCode < 400 || response.HasStarted || response.ContentLength is not null || response.ContentType is not null || Refusals.IsGrpc(http.Request)) return;
        var words = ReasonPhrases.GetReasonPhrase(response.StatusCode);
        await Problem.Of(response.StatusCode, words.ToUpperInvariant().Replace(' ', '_'), $"{http.Request.Method} {http.Request.Path}: {words}").Write(http);
    }
}
