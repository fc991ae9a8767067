using System.Diagnostics;
using Fleet.Telemetry;

namespace Fleet.Silo.Telemetry;

/// <summary>A span for each call of a grain that is part of a trace; one that comes of itself, from a timer or a reminder, begins none.</summary>
internal sealed class GrainSpans : IIncomingGrainCallFilter
{
    public const string SourceName = "Fleet.Grains";
    private static readonly ActivitySource Source = new(SourceName);

    public async Task Invoke(IIncomingGrainCallContext context)
    {
        if (RequestContext.Get(TraceContext.Key) is not string from || !ActivityContext.TryParse(from, null, isRemote: true, out var caller)
            || Source.StartActivity($"{context.TargetId.Type}/{context.MethodName}", ActivityKind.Server, caller) is not { } span)
        {
            await context.Invoke();
            return;
        }

        using (span)
        {
            span.SetTag("fleet.grain", context.TargetId.ToString());
            RequestContext.Set(TraceContext.Key, span.Id!);
            try
            {
                await context.Invoke();
            }
            catch (Exception e)
            {
                span.AddException(e).SetStatus(ActivityStatusCode.Error, e.Message);
                throw;
            }
        }
    }
}
