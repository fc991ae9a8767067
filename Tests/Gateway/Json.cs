using System.Net.Http.Json;
using System.Text.Json;
using Fleet.Protocol.Rest;

namespace Fleet.Gateway;

internal static class Json
{
    public static async Task<Problem> Problem(HttpResponseMessage response)
    {
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        return (await response.Content.ReadFromJsonAsync<Problem>(new JsonSerializerOptions(JsonSerializerDefaults.Web)))!;
    }
}
