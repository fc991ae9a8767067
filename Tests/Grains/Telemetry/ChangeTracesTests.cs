using System.Diagnostics;
using Fleet.Instances;
using Fleet.Telemetry;
using Fleet.Tests.Instances;

namespace Fleet.Tests.Telemetry;

public sealed class ChangeTracesTests : IDisposable
{
    // Of this test alone: others of this process may end changes meanwhile.
    private readonly ActivityContext asked = new(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded);
    private readonly List<Activity> ended = [];
    private readonly ActivityListener listener;

    public ChangeTracesTests()
    {
        listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == FleetInstruments.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> options) => options.Parent.TraceId == asked.TraceId ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.None,
            ActivityStopped = ended.Add,
        };
        ActivitySource.AddActivityListener(listener);
    }

    private string Trace => $"00-{asked.TraceId}-{asked.SpanId}-01";

    public void Dispose() => listener.Dispose();

    [Fact]
    public void A_change_that_ended_is_one_span_from_its_request_to_its_end_with_its_phases()
    {
        var story = Story.Installed();
        story.Apply("fix-1", Sample.Hotfix("fix", "3.0.2"), ask: request => request with { Trace = Trace });
        ChangeTraces.Told(Story.Id, story.Last);
        Assert.Empty(ended);
        Assert.Equal(Trace, story.Directives.Last().Trace);

        story.Succeed("fix-1");
        ChangeTraces.Told(Story.Id, story.Last);

        var span = Assert.Single(ended);
        Assert.Equal(("change", asked.SpanId, ActivityStatusCode.Ok), (span.DisplayName, span.ParentSpanId, span.Status));
        Assert.Equal((story.Last.Requested.UtcDateTime, story.Last.Ended!.Value - story.Last.Requested), (span.StartTimeUtc, span.Duration));
        Assert.Equal(story.Last.History.Select(h => Words.Of(h.Phase)), span.Events.Select(e => e.Name));
        Assert.Equal(("fix-1", "edge-1/web", "COMMITTED"), (span.GetTagItem("fleet.change"), span.GetTagItem("fleet.instance"), span.GetTagItem("fleet.outcome")));
    }

    [Fact]
    public void A_change_that_went_wrong_is_an_error_and_one_that_nobody_traces_is_nothing()
    {
        var story = Story.Installed();
        ChangeTraces.Told(Story.Id, story.Last);
        Assert.Empty(ended);

        ChangeTraces.Told(Story.Id, story.Last with { Trace = Trace, Phase = ChangePhase.NeedsHuman });
        Assert.Equal(ActivityStatusCode.Error, Assert.Single(ended).Status);
    }
}
