using System.Text.RegularExpressions;
using Fleet.Fakes;
using Fleet.Protocol.V1;
using Grpc.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Fleet.Client;

public sealed partial class DocumentationTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void The_pages_examples_are_those_that_are_compiled_and_run()
    {
        var compiled = Compiled().Matches(Read("Tests/Client/Documentation/Examples.cs")).ToDictionary(m => m.Groups["name"].Value, m => Dedent(m.Groups["code"].Value));
        var shown = Shown().Matches(Read("docs/sdk.md")).ToDictionary(m => m.Groups["name"].Value, m => m.Groups["code"].Value.Trim('\n'));

        Assert.Equal(compiled.Keys.Order(), shown.Keys.Order());
        Assert.All(shown, example => Assert.Equal(compiled[example.Key], example.Value));
        Assert.Equal(shown.Count, CodeBlock().Count(Read("docs/sdk.md")));
    }

    [Fact]
    public async Task The_page_names_every_option_with_its_default()
    {
        var page = Read("docs/sdk.md");
        await using var engine = await FakeEngine.Start();

        Assert.All(typeof(FleetClientOptions).GetProperties(), property => Assert.Contains($"| `{property.Name}` |", page));
        Assert.Contains("| `Attempts` | 5 |", page);
        Assert.Equal(5, engine.Options().Attempts);
    }

    [Fact]
    public async Task A_service_is_set_up_and_starts_a_rollout()
    {
        await using var engine = await FakeEngine.Start();
        await using var services = Services(engine, Examples.Setup, "FleetClient").AddSingleton<Examples.Nightly>().BuildServiceProvider();

        var id = await services.GetRequiredService<Examples.Nightly>().Run(Cancel);

        Assert.Equal(id, Assert.IsType<CreateRolloutRequest>(Assert.Single(engine.Fleet.Asked)).Rollout);
    }

    [Fact]
    public async Task Several_engines_are_asked_by_name()
    {
        await using var engine = await FakeEngine.Start();
        engine.Fleet.Images["web"] = new Image { Name = "web" };
        await using var services = Services(engine, Examples.Several, "FleetClient:west", "FleetClient:east").BuildServiceProvider();

        Assert.True(await services.GetRequiredService<Examples.Mirror>().HasBoth("web", Cancel));
        Assert.Equal(2, engine.Calls.Count);
    }

    [Fact]
    public async Task A_rollout_is_planned_started_and_followed()
    {
        await using var engine = await FakeEngine.Start();
        engine.Fleet.Plan = new RolloutPlan { Rollout = "planned" };
        engine.Fleet.BeginRollout = request => new Rollout { Id = request.Rollout, Spec = request.Spec, Phase = RolloutPhase.Succeeded };
        using var client = engine.Client();

        Assert.True(await Examples.Rollout(client, Cancel));
        Assert.Equal("planned", engine.Fleet.Asked.OfType<CreateRolloutRequest>().Single().Rollout);
        engine.Fleet.Plan = new RolloutPlan { Refusal = "NO_TARGETS" };
        await Assert.ThrowsAsync<InvalidOperationException>(() => Examples.Rollout(client, Cancel));
    }

    [Fact]
    public async Task The_other_examples_do_what_they_say()
    {
        await using var engine = await FakeEngine.Start();
        engine.Fleet.Set(new Rollout { Id = "r1", Phase = RolloutPhase.Dispatching });
        engine.Fleet.Set(new Rollout { Id = "r2", Phase = RolloutPhase.Succeeded, Counts = new TargetCounts { Verified = 3 } });
        engine.Fleet.Set(Testing.Nginx(1, ChangePhase.Committed));
        using var client = engine.Client();

        await Examples.Control(client, "r1", Cancel);
        Assert.Equal(RolloutPhase.RollingBack, engine.Fleet.Rollouts["r1"].Phase);
        await Examples.Watch(client, "r2", Cancel);
        await Examples.Collections(client, "r1", Cancel);
        await Examples.Freeze(client, Cancel);
        Assert.Equal("admin", engine.Fleet.Freezes["sales-2026"].LiftedBy);
        await Examples.Deadlines(client, Cancel);
        engine.Fleet.Begin = _ => Testing.Change("c1", ChangePhase.Committed);
        await Examples.Change(client, Cancel);
        engine.Fleet.Backup = await FakeBackups.Whole();
        var file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        await Examples.Backup(client, file, Cancel);
        File.Delete(file);
    }

    [Fact]
    public async Task A_client_is_made_without_a_host_too()
    {
        await using var engine = await FakeEngine.Start();
        engine.Fleet.Set(Testing.Nginx(1));
        var directory = Directory.CreateTempSubdirectory("fleet-client-");
        var (key, authority) = (Path.Combine(directory.FullName, "key"), Path.Combine(directory.FullName, "ca.pem"));
        await File.WriteAllTextAsync(key, FakeEngine.Key, Cancel);
        await File.WriteAllTextAsync(authority, engine.Authority.Certificate.ExportCertificatePem(), Cancel);

        await Examples.Direct(engine.Address, key, authority, Cancel);

        Assert.Single(engine.Calls);
        directory.Delete(recursive: true);
    }

    [Fact]
    public async Task Failures_are_told_apart_as_the_page_says()
    {
        await using var engine = await FakeEngine.Start();
        using var client = engine.Client();
        var spec = new RolloutSpec { Image = "web", Patch = "fix" };

        engine.Fleet.BeginRollout = _ => throw FakeFleet.Refusal(StatusCode.FailedPrecondition, "PATCH_QUARANTINED", "its rollout r0 failed");
        Assert.Equal("somebody must look at it first: its rollout r0 failed", await Examples.Errors(client, spec, Cancel));
        engine.Fleet.BeginRollout = _ => throw FakeFleet.Refusal(StatusCode.InvalidArgument, "REQUEST_INVALID", "no", ("spec.waves", "must rise"));
        Assert.Equal("spec.waves: must rise", await Examples.Errors(client, spec, Cancel));
        for (var i = 0; i < 5; i++) engine.Instead.Enqueue(FakeEngine.Failure(StatusCode.Unavailable));
        Assert.StartsWith("not now", await Examples.Errors(client, spec, Cancel));
    }

    private static IServiceCollection Services(FakeEngine engine, Action<IServiceCollection> setup, params string[] sections)
    {
        var settings = sections.SelectMany(s => new Dictionary<string, string?> { [$"{s}:Engine"] = $"{engine.Address}", [$"{s}:Key"] = FakeEngine.Key });
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());
        setup(services);
        return services.ConfigureAll<FleetClientOptions>(options => options.Authority = engine.Authority.Certificate);
    }

    private static string Read(string file)
    {
        var at = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(at, "Fleet.sln"))) at = Path.GetDirectoryName(at) ?? throw new InvalidOperationException("the tests run outside the repository");
        return File.ReadAllText(Path.Combine(at, file)).ReplaceLineEndings("\n");
    }

    private static string Dedent(string code)
    {
        var lines = code.Trim('\n').Split('\n');
        var indent = lines.Where(l => l.Length > 0).Min(l => l.Length - l.TrimStart().Length);
        return string.Join('\n', lines.Select(l => l.Length > indent ? l[indent..] : ""));
    }

    [GeneratedRegex(@"// example: (?<name>[a-z]+)\n(?<code>.*?)\n *// end", RegexOptions.Singleline)]
    private static partial Regex Compiled();

    [GeneratedRegex(@"<!-- example: (?<name>[a-z]+) -->\n```csharp\n(?<code>.*?)\n```", RegexOptions.Singleline)]
    private static partial Regex Shown();

    [GeneratedRegex(@"^```csharp$", RegexOptions.Multiline)]
    private static partial Regex CodeBlock();
}
