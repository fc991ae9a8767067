using Microsoft.Extensions.DependencyInjection;

namespace Fleet.Engine.Tests;

public sealed class FilterTests : EngineTests
{
    [Fact]
    public async Task A_filter_sees_each_call_to_a_grain_and_can_change_its_answer()
    {
        Assert.Equal("filtered probe/a", await Probe("a").Who());

        Assert.Contains("probe/a Fleet.Engine.Tests.IProbeGrain.Who", Story);
    }

    [Fact]
    public async Task A_filter_can_refuse_a_call()
    {
        var error = await Assert.ThrowsAsync<UnauthorizedAccessException>(() => Probe("a").Fail("not for you"));

        Assert.Equal("not for you", error.Message);
    }

    protected override void Configure(IServiceCollection services)
    {
        base.Configure(services);
        services.AddSingleton<IIncomingGrainCallFilter, Filter>();
    }

    private sealed class Filter(Gates gates) : IIncomingGrainCallFilter
    {
        public async Task Invoke(IIncomingGrainCallContext context)
        {
            // Orleans shows its own calls here as well.
            if (context.Grain is not ProbeGrain)
            {
                await context.Invoke();
                return;
            }

            gates.Story.Enqueue($"{context.TargetId} {context.InterfaceName}.{context.MethodName}");
            if (context.MethodName == nameof(IProbeGrain.Fail)) throw new UnauthorizedAccessException((string?)context.Request.GetArgument(0));
            await context.Invoke();
            if (context.Result is string answer) context.Result = $"filtered {answer}";
        }
    }
}
