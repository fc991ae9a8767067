using Fleet.Applications;
using Fleet.Images;
using Fleet.Instances;
using Fleet.Resources;
using Fleet.Rollouts;
using Fleet.Scheduling;

namespace Fleet.Simulation;

/// <summary>People and programs that ask for changes. Who hears nothing asks again, with the same id.</summary>
internal sealed class Operators(SimWorld world)
{
    private readonly SimProcess process = new(world.Simulator, "operators");

    private TimeProvider Clock => new ProcessClock(process);

    /// <summary>Makes versions and patches known, before anybody wants them.</summary>
    public void Publish() => process.Start(async () =>
    {
        foreach (var version in Catalogue.Facts) await Ask("publish", grains => grains.Image(Catalogue.Image).PublishVersion(version));
        foreach (var (_, envelope) in Catalogue.Envelopes) await Ask("publish", grains => grains.Image(Catalogue.Image).PublishPatch([.. envelope], "ada"));
    });

    public void Begin(Wish wish) => process.Start(() => Fulfil(wish));

    /// <summary>Nobody waits for ever: a rollout that still waits for a person is stopped.</summary>
    public void Tidy() => process.Start(async () =>
    {
        foreach (var rollout in world.Plan.Wishes.Where(w => w.Kind == WishKind.Rollout).Select(w => w.Id))
        {
            if (world.Disk.State<RolloutState>($"rollout/{rollout}", "rollout") is { Phase: RolloutPhase.Paused or RolloutPhase.Halted or RolloutPhase.Waiting })
                await Ask(rollout, grains => grains.Rollout(rollout).Control(new(RolloutVerb.Stop, "ada", "it is late")));
        }
    });

    private async Task Fulfil(Wish wish)
    {
        if (wish.Device.Length == 0)
        {
            await OfFleet(wish);
            return;
        }

        if (wish.Kind == WishKind.HoldResource)
        {
            await HoldResource(wish);
            return;
        }

        var id = new InstanceId(wish.Device, wish.Instance);
        switch (wish.Kind)
        {
            case WishKind.Apply:
                var apply = new ApplyPatch
                {
                    Change = wish.Id,
                    Image = Catalogue.Image,
                    Patch = wish.Patch,
                    Ports = [new PortMapping(8080, "http")],
                    Bake = TimeSpan.FromSeconds(wish.Seconds / 4),
                    KeepOld = TimeSpan.FromSeconds(wish.Seconds / 10),
                    Within = TimeSpan.FromSeconds(wish.Seconds),
                    By = "ada",
                };
                world.Laws.Answered(id, wish.Id, await Ask(wish.Id, grains => grains.Instance(id).Apply(apply)));
                break;
            case WishKind.RollBack:
                var back = new RollBack { Change = wish.Id, By = "bob", Reason = "asked" };
                world.Laws.Answered(id, wish.Id, await Ask(wish.Id, grains => grains.Instance(id).RollBack(back)));
                break;
            case WishKind.Label:
                await Ask(wish.Id, grains => grains.Instance(id).Label(LabelsOf(wish.Id.Contains('=', StringComparison.Ordinal) ? wish.Id : $"ring={wish.Id}"), "ada"));
                break;
            case WishKind.Hold:
                var request = new LeaseRequest(wish.Id, world.Simulator.Now + TimeSpan.FromSeconds(wish.Seconds));
                if (await Ask(wish.Id, grains => grains.Instance(id).Lend(request)))
                {
                    await Task.Delay(TimeSpan.FromSeconds(wish.Seconds / 2), Clock);
                    await Ask<object?>(wish.Id, async grains =>
                    {
                        await grains.Instance(id).Return(wish.Id);
                        return null;
                    });
                }

                break;
            case WishKind.Quarantine or WishKind.LiftQuarantine:
                await Ask<object?>(wish.Id, async grains =>
                {
                    await (wish.Kind == WishKind.Quarantine
                        ? grains.Image(Catalogue.Image).Quarantine(wish.Patch, "ada", "asked")
                        : grains.Image(Catalogue.Image).LiftQuarantine(wish.Patch, "ada", "asked"));
                    return null;
                });
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(wish), wish.Kind, "unknown wish");
        }
    }

    // Every other one is never released: it ends by itself.
    private async Task HoldResource(Wish wish)
    {
        var resource = new ResourceId(wish.Device);
        var request = new HoldRequest(wish.Id, "ada", "asked", world.Simulator.Now + TimeSpan.FromSeconds(wish.Seconds));
        var answer = await Ask(wish.Id, grains => grains.Hold(resource).Hold(request));
        world.Simulator.Say("operators", $"hold {wish.Id} of {wish.Device}: {answer.Hold.Phase} {answer.Refusal}");
        if (wish.Seconds % 2 != 0) return;
        await Task.Delay(TimeSpan.FromSeconds(wish.Seconds / 2), Clock);
        await Ask(wish.Id, grains => grains.Hold(resource).Release(wish.Id, "ada"));
    }

    private async Task OfFleet(Wish wish)
    {
        switch (wish.Kind)
        {
            case WishKind.Rollout:
                var within = TimeSpan.FromSeconds(wish.Seconds);
                var spec = new RolloutSpec
                {
                    Image = Catalogue.Image,
                    Patch = wish.Patch,
                    Waves = [50, 100],
                    Bake = within / 15,
                    WaveBake = within / 12,
                    KeepOld = within / 30,
                    ChangeWithin = within,
                    OfflineGrace = TimeSpan.FromSeconds(30),
                    CatchUp = TimeSpan.FromMinutes(3),
                    Lane = wish.Instance == "Emergency" ? Lane.Emergency : Lane.Ordinary,
                    Priority = wish.Instance == "Priority" ? 5 : 0,
                };
                var begun = await Ask(wish.Id, grains => grains.Rollout(wish.Id).Create(spec, "ada"));
                world.Simulator.Say("operators", $"rollout {wish.Id}: {begun.Kind} {begun.Reason} {begun.Detail}");
                break;
            case WishKind.Control:
                var verb = Enum.Parse<RolloutVerb>(wish.Patch);
                var controlled = await Ask(wish.Id, grains => grains.Rollout(wish.Id).Control(new(verb, "bob", "asked")));
                world.Simulator.Say("operators", $"{verb} {wish.Id}: {controlled.Kind} {controlled.Reason}");
                break;
            case WishKind.Freeze:
                var now = world.Simulator.Now;
                var freeze = new FreezeView { Id = wish.Id, By = "ada", Labels = LabelsOf(wish.Patch), Since = now, Until = now + TimeSpan.FromSeconds(wish.Seconds) };
                await Ask(wish.Id, grains => grains.Scheduler().Freeze(freeze));
                break;
            case WishKind.Budget:
                await Ask(wish.Id, grains => grains.Application(wish.Id).SetBudget((int)wish.Seconds, "ada", "asked"));
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(wish), wish.Kind, "unknown wish");
        }
    }

    private static Labels LabelsOf(string pair) => pair.Split('=') is [var key, var value] ? Labels.Of([new(key, value)]) : Labels.None;

    private async Task<T> Ask<T>(string what, Func<IGrainFactory, Task<T>> ask)
    {
        while (true)
        {
            if (world.AnyEngine() is { } engine)
            {
                try
                {
                    var answer = ask(engine.Grains);
                    await Task.WhenAny(answer, Task.Delay(TimeSpan.FromSeconds(30), Clock));
                    if (answer.IsCompleted) return await answer;
                }
                catch (Exception error) when (error is not (SimulationEscapedException or LawBrokenException))
                {
                    world.Simulator.Say("operators", $"{what}: {error.GetType().Name}");
                }
            }

            await Task.Delay(world.Weather.Between(0.2, 6), Clock);
        }
    }
}
