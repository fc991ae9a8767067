using Fleet.Protocol.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Fleet.Client;

/// <summary>The examples of docs/sdk.md, each between a line with its name and its end; they are compiled, run, and compared with the page.</summary>
internal static class Examples
{
    public static void Setup(IServiceCollection services)
    {
        // example: setup
        services.AddFleetClient(options => options.Timeout = TimeSpan.FromSeconds(10));
        // end
    }

    // example: inject
    public sealed class Nightly(FleetClient fleet)
    {
        public async Task<string> Run(CancellationToken cancel)
        {
            var rollout = await fleet.Rollouts.Create(new RolloutSpec { Image = "web", Patch = "libssl3-fix", Reason = "CVE-2026-0001" }, cancel: cancel);
            return rollout.Id;
        }
    }
    // end

    public static void Several(IServiceCollection services)
    {
        // example: several
        services.AddFleetClient("west").AddFleetClient("east");
        services.AddSingleton<Mirror>();
        // end
    }

    // example: keyed
    public sealed class Mirror([FromKeyedServices("west")] FleetClient west, [FromKeyedServices("east")] FleetClient east)
    {
        public async Task<bool> HasBoth(string image, CancellationToken cancel) =>
            await west.Images.List(cancel).AnyAsync(i => i.Name == image, cancel) && await east.Images.List(cancel).AnyAsync(i => i.Name == image, cancel);
    }
    // end

    public static async Task Direct(Uri engine, string keyFile, string authorityFile, CancellationToken cancel)
    {
        // example: direct
        using var fleet = new FleetClient(new FleetClientOptions { Engine = engine, KeyFile = keyFile, AuthorityFile = authorityFile });
        var instance = await fleet.Instances.Get("web-1", "nginx", cancel);
        Console.WriteLine($"{instance.Health}: {instance.Observed?.Version}");
        // end
    }

    public static async Task<bool> Rollout(FleetClient fleet, CancellationToken cancel)
    {
        // example: rollout
        var spec = new RolloutSpec
        {
            Image = "web",
            Patch = "libssl3-fix",
            Selector = new Selector { Labels = { ["app"] = "shop" }, Except = { "web-7/nginx" } },
            Waves = { 10, 50, 100 },
            Bake = TimeSpan.FromSeconds(30).ToDuration(),
            Reason = "CVE-2026-0001",
        };

        var plan = await fleet.Rollouts.Plan(spec, cancel: cancel);
        if (plan.Refusal.Length > 0) throw new InvalidOperationException($"{plan.Refusal}: {plan.RefusalDetail}");

        var rollout = await fleet.Rollouts.Create(spec, plan.Rollout, cancel);
        var end = await fleet.Rollouts.WaitForEnd(rollout.Id, now => Console.WriteLine($"{now.Phase} {now.Detail}"), cancel);
        return end.Phase == RolloutPhase.Succeeded;
        // end
    }

    public static async Task Control(FleetClient fleet, string id, CancellationToken cancel)
    {
        // example: control
        await fleet.Rollouts.Pause(id, "peak hour", cancel);
        await fleet.Rollouts.Resume(id, "over", cancel);
        await fleet.Rollouts.RollBack(id, "slower than before", cancel);
        // end
    }

    public static async Task Watch(FleetClient fleet, string id, CancellationToken cancel)
    {
        // example: watch
        await foreach (var now in fleet.Rollouts.Watch(id, cancel))
            Console.WriteLine($"wave {now.Wave} of {now.Waves.Count}: {now.Counts?.Verified ?? 0} verified");
        // Here it has ended.
        // end
    }

    public static async Task Collections(FleetClient fleet, string id, CancellationToken cancel)
    {
        // example: collections
        await foreach (var target in fleet.Rollouts.ListTargets(id, TargetState.Failed, cancel))
            Console.WriteLine($"{target.Resource}/{target.Instance}: {target.Reason}");

        var page = await fleet.Rollouts.ListPage(active: true, size: 50, cancel: cancel);
        while (!page.IsLast) page = await fleet.Rollouts.ListPage(active: true, size: 50, page.NextToken, cancel);
        // end
    }

    public static async Task Freeze(FleetClient fleet, CancellationToken cancel)
    {
        // example: freeze
        var shop = new Dictionary<string, string> { ["app"] = "shop" };
        var freeze = await fleet.Scheduling.CreateFreeze("sales weekend", shop, TimeSpan.FromDays(2), id: "sales-2026", cancel);
        await fleet.Scheduling.SetBudget("shop", maxOutOfService: 2, "two may be out", cancel);
        await fleet.Scheduling.LiftFreeze(freeze.Id, "over", cancel);
        // end
    }

    public static async Task<string> Errors(FleetClient fleet, RolloutSpec spec, CancellationToken cancel)
    {
        // example: errors
        try
        {
            return (await fleet.Rollouts.Create(spec, cancel: cancel)).Id;
        }
        catch (FleetException refused) when (refused.Reason == "PATCH_QUARANTINED")
        {
            return $"somebody must look at it first: {refused.Detail}";
        }
        catch (FleetException malformed) when (malformed.Status == StatusCode.InvalidArgument)
        {
            return string.Join("; ", malformed.Fields.Select(f => $"{f.Field}: {f.Description}"));
        }
        catch (FleetException away) when (away.Status is StatusCode.Unavailable or StatusCode.DeadlineExceeded)
        {
            return "not now; it was tried again as long as the options say";
        }
        // end
    }

    public static async Task Deadlines(FleetClient fleet, CancellationToken cancel)
    {
        // example: deadlines
        var hasty = fleet.Within(TimeSpan.FromSeconds(2));
        var resources = await hasty.Resources.ListPage(size: 10, cancel: cancel);
        // end
        Assert.NotNull(resources);
    }

    public static async Task Backup(FleetClient fleet, string file, CancellationToken cancel)
    {
        // example: backup
        var manifest = await fleet.Backups.Save(file, cancel);
        Console.WriteLine($"{manifest.Files.Count} files of Fleet {manifest.FleetVersion}");
        // end
    }

    public static async Task Change(FleetClient fleet, CancellationToken cancel)
    {
        // example: change
        var change = await fleet.Instances.Apply(new ApplyRequest { Resource = "web-1", Instance = "nginx", Image = "web", Patch = "libssl3-fix" }, cancel);
        var end = await fleet.Instances.WaitForEnd(change, cancel: cancel);
        Console.WriteLine(end.Phase == ChangePhase.Committed ? "done" : $"{end.Phase}: {end.Detail}");
        // end
    }
}
