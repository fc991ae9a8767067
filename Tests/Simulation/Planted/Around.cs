using Fleet.Committing;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization.Invocation;
using Orleans.Storage;

namespace Fleet.Simulation.Planted;

/// <summary>An outlet that does what another does; a bug changes one thing.</summary>
internal abstract class OutletOf(IOutlet inner) : IOutlet
{
    protected IOutlet Inner => inner;

    public virtual Task Send(Effect effect) => inner.Send(effect);

    public virtual Task WakeAt(GrainId self, DateTimeOffset at) => inner.WakeAt(self, at);

    public virtual Task Awake(GrainId self, DateTimeOffset now) => inner.Awake(self, now);
}

/// <summary>A storage that does what another does; a bug changes one thing.</summary>
internal abstract class StorageOf(IGrainStorage inner) : IGrainStorage
{
    protected IGrainStorage Inner => inner;

    public virtual Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => inner.ReadStateAsync(stateName, grainId, grainState);

    public virtual Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => inner.WriteStateAsync(stateName, grainId, grainState);

    public virtual Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => inner.ClearStateAsync(stateName, grainId, grainState);
}

/// <summary>Has grains answer something else than they do.</summary>
internal abstract class WrongAnswers : Bug, IIncomingGrainCallFilter
{
    public override void Services(EngineProcess engine, IServiceCollection services) => services.AddSingleton<IIncomingGrainCallFilter>(this);

    public async Task Invoke(IIncomingGrainCallContext context)
    {
        await context.Invoke();
        context.Result = Instead(context.Request, context.Result);
    }

    /// <summary>What the caller gets in the place of this answer.</summary>
    protected abstract object? Instead(IInvokable call, object? answer);

    /// <summary>The call's argument, if it has just one of this type.</summary>
    protected static T? Only<T>(IInvokable call) where T : class => call.GetArgumentCount() == 1 ? call.GetArgument(0) as T : null;
}
