using Fleet.Engine.Embedded;
using Microsoft.Extensions.DependencyInjection;

namespace Orleans;

/// <summary>What is needed to be a grain.</summary>
public interface IGrainBase
{
    /// <summary>The activation.</summary>
    IGrainContext GrainContext { get; }

    /// <summary>Runs before the first call.</summary>
    Task OnActivateAsync(CancellationToken token) => Task.CompletedTask;

    /// <summary>Runs after the last call.</summary>
    Task OnDeactivateAsync(DeactivationReason reason, CancellationToken token) => Task.CompletedTask;
}

/// <summary>The base of grain classes.</summary>
public abstract class Grain : IGrainBase, IAddressable
{
    /// <summary>For grains that the engine makes: the activation is the one that is being made.</summary>
    protected Grain() : this(TurnQueue.CurrentActivation!) { }

    protected Grain(IGrainContext grainContext) => GrainContext = grainContext;

    /// <inheritdoc />
    public IGrainContext GrainContext { get; }

    /// <summary>A reference to this grain.</summary>
    public GrainReference GrainReference => GrainContext.GrainReference;

    /// <summary>Who this grain is, in one text.</summary>
    public string IdentityString => GrainContext.GrainId.ToString();

    /// <summary>The way to other grains.</summary>
    protected IGrainFactory GrainFactory => ServiceProvider.GetRequiredService<IGrainFactory>();

    /// <summary>The services made for this activation.</summary>
    protected IServiceProvider ServiceProvider => GrainContext.ActivationServices;

    /// <summary>Runs before the first call; if it fails, so do the calls that wait for it.</summary>
    public virtual Task OnActivateAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Runs after the last call. It is not run when the process dies.</summary>
    public virtual Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => Task.CompletedTask;

    Task IGrainBase.OnActivateAsync(CancellationToken token) => OnActivateAsync(token);

    Task IGrainBase.OnDeactivateAsync(DeactivationReason reason, CancellationToken token) => OnDeactivateAsync(reason, token);

    /// <summary>Ends this activation once the calls that run now have finished.</summary>
    protected void DeactivateOnIdle() =>
        GrainContext.Deactivate(new(DeactivationReasonCode.ApplicationRequested, $"{nameof(DeactivateOnIdle)} was called."));

    /// <summary>Keeps this activation in memory for at least this long.</summary>
    protected void DelayDeactivation(TimeSpan timeSpan) => ((Activation)GrainContext).Delay(timeSpan);
}
