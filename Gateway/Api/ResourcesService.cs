using Fleet.Access;
using Fleet.Gateway.Access;
using Fleet.Resources;
using Fleet.Roster;

namespace Fleet.Gateway.Api;

/// <summary>Resources, holds of them, and tokens with which agents enrol as them.</summary>
internal sealed class ResourcesService(IGrainFactory grains, Authority authority, PageTokens tokens, TimeProvider time) : Wire.Resources.ResourcesBase
{
    private const int LongestHoldId = 64;
    private static readonly TimeSpan DefaultLife = TimeSpan.FromHours(1);
    private static readonly TimeSpan LongestLife = TimeSpan.FromDays(7);

    public override async Task<Wire.Resource> GetResource(Wire.GetResourceRequest request, ServerCallContext context)
    {
        new Check().Name("resource", request.Resource).Done();
        var view = await grains.Resource(new ResourceId(request.Resource)).Show();
        return view.Exists ? Wires.Of(view) : throw Unknown(request.Resource);
    }

    public override async Task<Wire.ListResourcesResponse> ListResources(Wire.ListResourcesRequest request, ServerCallContext context)
    {
        new Check().Page(tokens, Page.ListingOf("resources"), request.PageSize, request.PageToken, out var page).Done();

        var names = grains.Names(Listing.Resources, page);
        var entries = await names.Take(page.Size, context.CancellationToken);
        var summaries = (await Task.WhenAll(entries.Select(e => grains.Resource(new ResourceId(e.Name)).Show()))).Select(Wires.Summary).ToList();
        var fits = Page.Fitting(summaries);
        var response = new Wire.ListResourcesResponse();
        response.Resources.AddRange(summaries.Take(fits));
        if (fits < entries.Length || await names.More(context.CancellationToken)) response.NextPageToken = tokens.Write(page.Listing, entries[fits - 1].Key);
        return response;
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

    public override async Task<Wire.ResourceHold> Hold(Wire.HoldRequest request, ServerCallContext context)
    {
        new Check()
            .Name("resource", request.Resource)
            .ChosenId("hold", request.Hold)
            .Reason(request.Reason)
            .Span("validFor", request.ValidFor, TimeSpan.FromSeconds(1), LongestLife, DefaultLife, out var life)
            .Done();

        var resource = new ResourceId(request.Resource);
        if (!(await grains.Resource(resource).Show()).Exists) throw Unknown(request.Resource);
        var now = time.GetUtcNow();
        var hold = request.Hold.Length > 0 ? request.Hold : Guid.CreateVersion7(now).ToString("n");
        return Answer(await grains.Hold(resource).Hold(new HoldRequest(hold, Caller.Of(context), request.Reason, now + life)));
    }

    public override async Task<Wire.ResourceHold> Release(Wire.ReleaseRequest request, ServerCallContext context)
    {
        new Check().Name("resource", request.Resource).PathId("hold", request.Hold, LongestHoldId).Done();
        return Answer(await grains.Hold(new ResourceId(request.Resource)).Release(request.Hold, Caller.Of(context)));
    }

    public override async Task<Wire.ResourceHold> GetHold(Wire.GetHoldRequest request, ServerCallContext context)
    {
        new Check().Name("resource", request.Resource).Done();
        return Wires.Of(await grains.Hold(new ResourceId(request.Resource)).Show());
    }

    private static Wire.ResourceHold Answer(HoldAnswer answer) => answer.Refusal.Length == 0 ? Wires.Of(answer.Hold) : throw GrainRefusal.Of(answer.Refusal, answer.Detail);

    public static RpcException Unknown(string resource) =>
        new Refusal(StatusCode.NotFound, "RESOURCE_UNKNOWN", $"nothing is known of resource '{resource}'").ToException();
}
