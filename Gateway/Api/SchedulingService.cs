using Fleet.Applications;
using Fleet.Scheduling;

namespace Fleet.Gateway.Api;

/// <summary>What may start now: freezes and budgets.</summary>
internal sealed class SchedulingService(IGrainFactory grains, PageTokens tokens, TimeProvider time) : Wire.Scheduling.SchedulingBase
{
    private const int LongestId = 64;
    private const int LargestBudget = 1_000_000;
    private static readonly TimeSpan DefaultLife = TimeSpan.FromHours(24);
    private static readonly TimeSpan LongestLife = TimeSpan.FromDays(90);

    public override async Task<Wire.Freeze> CreateFreeze(Wire.CreateFreezeRequest request, ServerCallContext context)
    {
        var check = new Check();
        if (request.Freeze.Length > 0) check.PathId("freeze", request.Freeze, LongestId);
        check.Labels("labels", request.Labels, out var labels)
            .Reason(request.Reason)
            .Span("validFor", request.ValidFor, TimeSpan.FromSeconds(1), LongestLife, DefaultLife, out var life)
            .Done();

        var now = time.GetUtcNow();
        var answer = await grains.Scheduler().Freeze(new FreezeView
        {
            Id = request.Freeze.Length > 0 ? request.Freeze : Guid.CreateVersion7(now).ToString("n"),
            Labels = labels,
            Reason = request.Reason,
            By = Caller.Of(context),
            Since = now,
            Until = now + life,
        });
        return Wires.Of(answer.Freeze ?? throw GrainRefusal.Of(answer.Reason, answer.Detail));
    }

    public override async Task<Wire.Freeze> LiftFreeze(Wire.LiftFreezeRequest request, ServerCallContext context)
    {
        new Check().PathId("freeze", request.Freeze, LongestId).Reason(request.Reason).Done();
        return await grains.Scheduler().Lift(request.Freeze, Caller.Of(context), request.Reason) is { } freeze
            ? Wires.Of(freeze)
            : throw new Refusal(StatusCode.NotFound, "FREEZE_UNKNOWN", $"there is no freeze '{request.Freeze}'").ToException();
    }

    public override async Task<Wire.ListFreezesResponse> ListFreezes(Wire.ListFreezesRequest request, ServerCallContext context)
    {
        new Check().Page(tokens, Page.ListingOf("freezes", $"{request.Active}"), request.PageSize, request.PageToken, out var page).Done();

        // One more than asked for tells whether there is another page.
        var freezes = await grains.Scheduler().Freezes(page.After, page.Size + 1, request.Active);
        var wires = freezes.Take(page.Size).Select(Wires.Of).ToList();
        var fits = Page.Fitting(wires);
        var response = new Wire.ListFreezesResponse { NextPageToken = fits < freezes.Length ? tokens.Write(page.Listing, wires[fits - 1].Id) : "" };
        response.Freezes.AddRange(wires.Take(fits));
        return response;
    }

    public override async Task<Wire.Budget> SetBudget(Wire.SetBudgetRequest request, ServerCallContext context)
    {
        new Check()
            .Application("application", request.Application)
            .That(request.MaxOutOfService is > 0 and <= LargestBudget, "maxOutOfService", $"expected 1 to {LargestBudget}: with 0 nothing could ever be changed; a freeze does that")
            .Reason(request.Reason)
            .Done();
        return Wires.Of(await grains.Application(request.Application).SetBudget((int)request.MaxOutOfService, Caller.Of(context), request.Reason));
    }

    public override async Task<Wire.Budget> GetBudget(Wire.GetBudgetRequest request, ServerCallContext context)
    {
        new Check().Application("application", request.Application).Done();
        return Wires.Of(await grains.Application(request.Application).Budget());
    }
}
