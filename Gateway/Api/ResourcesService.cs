using Fleet.Access;
using Fleet.Gateway.Access;
using Fleet.Resources;

namespace Fleet.Gateway.Api;

/// <summary>Resources, and tokens with which agents enrol as them.</summary>
internal sealed class ResourcesService(IGrainFactory grains, Authority authority, TimeProvider time) : Wire.Resources.ResourcesBase
{
    private static readonly TimeSpan DefaultLife = TimeSpan.FromHours(1);
    private static readonly TimeSpan LongestLife = TimeSpan.FromDays(7);

    public override async Task<Wire.Resource> GetResource(Wire.GetResourceRequest request, ServerCallContext context)
    {
        new Check().Name("resource", request.Resource).Done();
        var view = await grains.Resource(new ResourceId(request.Resource)).Show();
        return view.Exists
            ? Wires.Of(view)
            : throw new Refusal(StatusCode.NotFound, "RESOURCE_UNKNOWN", $"nothing is known of resource '{request.Resource}'").ToException();
    }

    public override async Task<Wire.EnrolmentToken> CreateEnrolmentToken(Wire.CreateEnrolmentTokenRequest request, ServerCallContext context)
    {
        new Check()
            .Name("resource", request.Resource)
            .Span("validFor", request.ValidFor, TimeSpan.FromSeconds(1), LongestLife, DefaultLife, out var life)
            .Done();

        var token = EnrolmentToken.Make(request.Resource, authority);
        var expires = time.GetUtcNow() + life;
        await grains.Enrolment(token.SecretHash).Offer(request.Resource, expires, Caller.Of(context));
        return new Wire.EnrolmentToken { Resource = request.Resource, Token = token.ToString(), Expires = Wires.Of(expires) };
    }
}
