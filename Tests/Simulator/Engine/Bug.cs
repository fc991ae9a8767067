using Fleet.Agent.Delivery;
using Fleet.Committing;
using Fleet.Engine.Storage;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;

namespace Fleet.Simulation;

/// <summary>Where a planted bug gets between the parts; this one is none. Each replaces what it makes wrong.</summary>
internal class Bug
{
    public virtual string Name => "none";

    public virtual TimeProvider Clock(SimProcess process, TimeProvider clock) => clock;

    public virtual IGrainStorage Storage(EngineProcess engine, IGrainStorage storage) => storage;

    public virtual IReminderStore Reminders(IReminderStore reminders) => reminders;

    public virtual IOutlet Outlet(EngineProcess engine, IOutlet outlet) => outlet;

    /// <summary>To add filters of calls.</summary>
    public virtual void Services(EngineProcess engine, IServiceCollection services) { }

    public virtual IJournal Journal(AgentProcess agent, IJournal journal) => journal;

    public virtual IDevice Device(AgentProcess agent, IDevice device) => device;

    public virtual IFacts Facts(AgentProcess agent, IFacts facts) => facts;

    public virtual IDelivery Delivery(AgentProcess agent, IDelivery delivery) => delivery;

    /// <summary>Whether facts are synced when they are written.</summary>
    public virtual bool SyncsSpool => true;

    /// <summary>Whether the gateway acknowledges this without waiting until it is stored.</summary>
    public virtual bool TakesBeforeStored(Wire.AgentMessage message) => false;
}
