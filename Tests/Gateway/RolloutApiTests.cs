using System.Net;
using System.Text;
using Fleet.Instances;
using Fleet.Rollouts;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Fleet.Gateway;

public sealed class RolloutApiTests(TestGateway gateway) : IClassFixture<TestGateway>
{
    [Fact]
    public async Task A_rollout_takes_its_spec_and_the_contracts_defaults()
    {
        var grain = gateway.Grains.Rollout("defaults");
        grain.View = View("defaults");
        await Client.CreateAsync(new() { Rollout = "defaults", Spec = new() { Image = "web", Patch = "fix" } });

        Assert.True(grain.Calls.Reader.TryRead(out var call));
        Assert.Equal((new RolloutSpec { Image = "web", Patch = "fix" }, "administrator"), call);
    }

    [Fact]
    public async Task Every_field_of_a_spec_arrives_and_comes_back()
    {
        var given = new Wire.RolloutSpec
        {
            Image = "web",
            Patch = "fix",
            Selector = new()
            {
                Versions = { "1.0", "2.0" },
                Component = "pkg:deb/debian/openssl@3.0.17",
                Labels = { ["zone"] = "a/b" },
                Instances = { "edge-1/web", "edge-2/web" },
                Except = { "edge-3/web" },
            },
            Waves = { 5, 100 },
            NoCanary = true,
            Bake = Duration.FromTimeSpan(TimeSpan.FromSeconds(1)),
            WaveBake = Duration.FromTimeSpan(TimeSpan.FromSeconds(2)),
            KeepOld = Duration.FromTimeSpan(TimeSpan.FromSeconds(3)),
            ChangeDeadline = Duration.FromTimeSpan(TimeSpan.FromSeconds(60)),
            FailuresAllowed = 4,
            Lane = Wire.Lane.Emergency,
            Priority = -7,
            KeepOnFailure = true,
            OfflineGrace = Duration.FromTimeSpan(TimeSpan.FromSeconds(5)),
            CatchUp = Duration.FromTimeSpan(TimeSpan.FromHours(6)),
            Reason = "because",
        };
        var grain = gateway.Grains.Rollout("whole");
        grain.View = View("whole");
        await Client.CreateAsync(new() { Rollout = "whole", Spec = given });
        Assert.True(grain.Calls.Reader.TryRead(out var call));
        var (spec, _) = Assert.IsType<(RolloutSpec, string)>(call);

        grain.View = View("whole") with { Spec = spec };
        Assert.Equal(given, (await Client.GetAsync(new() { Rollout = "whole" })).Spec);
        // All of them: none has the value that it would have if it were forgotten.
        Assert.All(Wire.RolloutSpec.Descriptor.Fields.InDeclarationOrder().Where(f => !f.IsRepeated), f => Assert.NotEqual(f.Accessor.GetValue(new Wire.RolloutSpec()), f.Accessor.GetValue(given)));
    }

    [Fact]
    public async Task The_same_instances_in_another_order_are_the_same_content()
    {
        var grain = gateway.Grains.Rollout("ordered");
        grain.View = View("ordered");
        foreach (var instances in new[] { new[] { "a/web", "b/web" }, ["b/web", "a/web", "b/web"] })
            await Client.CreateAsync(new() { Rollout = "ordered", Spec = new() { Image = "web", Patch = "fix", Selector = new() { Instances = { instances } } } });

        Assert.True(grain.Calls.Reader.TryRead(out var first));
        Assert.True(grain.Calls.Reader.TryRead(out var second));
        Assert.Equal(first, second);
    }

    public static TheoryData<string, string> Malformed => new()
    {
        { "", "spec" },
        { "\"colour\":\"red\"", "colour" },
        { Spec("\"colour\":\"red\""), "spec.colour" },
        { Spec("\"selector\":{\"colour\":\"red\"}"), "spec.selector.colour" },
        { Spec("\"selector\":{\"labels\":{\"zone\":7}}"), "spec.selector.labels.zone" },
        { Spec("\"selector\":{\"labels\":[\"zone\"]}"), "spec.selector.labels" },
        { Spec("\"selector\":{\"labels\":{\"zo ne\":\"a\"}}"), "spec.selector.labels" },
        { Spec("\"selector\":{\"labels\":{\"zone\":\"\"}}"), "spec.selector.labels.zone" },
        { Spec("\"selector\":{\"labels\":{\"app\":\"a/b\"}}"), "spec.selector.labels.app" },
        { Spec("\"selector\":{\"instances\":[\"edge-1/web\",\"edge-2\"]}"), "spec.selector.instances[1]" },
        { Spec("\"selector\":{\"instances\":[\"edge-1/web/x\"]}"), "spec.selector.instances[0]" },
        { Spec("\"selector\":{\"instances\":[\"EDGE/web\"]}"), "spec.selector.instances[0]" },
        { Spec("\"selector\":{\"instances\":\"edge-1/web\"}"), "spec.selector.instances" },
        { Spec($"\"selector\":{{\"instances\":[{string.Join(',', Enumerable.Range(0, 1001).Select(i => $"\"edge-{i}/web\""))}]}}"), "spec.selector.instances" },
        { Spec("\"selector\":{\"except\":[\"/\"]}"), "spec.selector.except[0]" },
        { Spec("\"selector\":{\"versions\":[\"1 0\"]}"), "spec.selector.versions[0]" },
        { Spec("\"selector\":{\"component\":\"openssl\"}"), "spec.selector.component" },
        { Spec("\"selector\":{\"component\":\"pkg:\"}"), "spec.selector.component" },
        { Spec("\"waves\":[0,100]"), "spec.waves[0]" },
        { Spec("\"waves\":[10,5,100]"), "spec.waves[1]" },
        { Spec("\"waves\":[50,50,100]"), "spec.waves[1]" },
        { Spec("\"waves\":[10,50]"), "spec.waves[1]" },
        { Spec("\"waves\":[101]"), "spec.waves[0]" },
        { Spec("\"waves\":[-1]"), "spec.waves[0]" },
        { Spec("\"waves\":[50.5,100]"), "spec.waves[0]" },
        { Spec("\"waves\":100"), "spec.waves" },
        { Spec("\"bake\":10"), "spec.bake" },
        { Spec("\"bake\":\"86401s\",\"changeDeadline\":\"604800s\""), "spec.bake" },
        { Spec("\"waveBake\":\"-0.5s\""), "spec.waveBake" },
        { Spec("\"changeDeadline\":\"0s\",\"bake\":\"0s\""), "spec.changeDeadline" },
        { Spec("\"changeDeadline\":\"20s\",\"bake\":\"10s\",\"keepOld\":\"10s\""), "spec.changeDeadline" },
        { Spec("\"failuresAllowed\":-1"), "spec.failuresAllowed" },
        { Spec("\"failuresAllowed\":2000000"), "spec.failuresAllowed" },
        { Spec("\"lane\":\"LANE_FAST\""), "spec.lane" },
        { Spec("\"lane\":7"), "spec.lane" },
        { Spec("\"priority\":101"), "spec.priority" },
        { Spec("\"priority\":\"high\""), "spec.priority" },
        { Spec("\"noCanary\":\"no\""), "spec.noCanary" },
        { Spec("\"offlineGrace\":\"604801s\""), "spec.offlineGrace" },
        { Spec("\"catchUp\":\"7776001s\""), "spec.catchUp" },
        { Spec($"\"reason\":\"{new string('x', 1025)}\""), "spec.reason" },
        { "\"spec\":7", "spec" },
        { Spec("\"priority\":1") + ",\"rollout\":\"-r\"", "rollout" },
        { Spec("\"priority\":1") + ",\"rollout\":\"a/b\"", "rollout" },
        { Spec("\"priority\":1") + $",\"rollout\":\"{new string('r', 49)}\"", "rollout" },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public async Task A_malformed_rollout_is_neither_planned_nor_created_and_its_field_is_named(string body, string field)
    {
        foreach (var path in new[] { "/v1/rollouts", "/v1/rollouts:plan" })
        {
            using var response = await Post(path, $"{{{body}}}");
            var problem = await Json.Problem(response);
            Assert.Equal((400, "REQUEST_INVALID"), (problem.Status, problem.Reason));
            Assert.All(problem.Errors!.Value, e => Assert.Equal(field, e.Field));
        }
    }

    [Fact]
    public async Task All_malformed_fields_are_named_at_once_and_too_many_are_counted()
    {
        var refusal = await AccessTests.Refused(StatusCode.InvalidArgument, "REQUEST_INVALID", () => Client.CreateAsync(new()
        {
            Rollout = "a b",
            Spec = new() { Image = "WEB", Selector = new() { Component = "x" }, Waves = { 0 }, Priority = 1000 },
        }).ResponseAsync);
        Assert.Equal(["rollout", "spec.image", "spec.patch", "spec.selector.component", "spec.waves[0]", "spec.priority"], refusal.Errors.Select(e => e.Field));

        var many = await AccessTests.Refused(StatusCode.InvalidArgument, "REQUEST_INVALID", () => Client.CreateAsync(new()
        {
            Spec = new() { Image = "web", Patch = "fix", Selector = new() { Instances = { Enumerable.Repeat("nothing", 1000) } } },
        }).ResponseAsync);
        Assert.Equal("spec.selector.instances[0]", many.Errors[0].Field);
        Assert.Equal($"and {1000 - many.Errors.Length + 1} more fields are malformed", many.Errors[^1].Message);
        // Both forms of it, and what clients of gRPC take.
        Assert.InRange(many.Trailers()[0].ValueBytes.Length * 4 / 3 + many.Detail.Length, 1, 8000);
    }

    [Fact]
    public async Task A_plan_is_for_the_id_that_is_asked_for_and_changes_nothing()
    {
        var planner = gateway.Grains.Planner("planned");
        planner.Answer = new RolloutPlan
        {
            Waves = [new(1, 1, 1, "canary"), new(2, 2, 3, "100 % of 3")],
            Targets = [Target("a/web", 1), Target("b/web", 2), Target("c/web", 2), Target("d/web", 0) with { State = TargetState.LeftOut, Reason = "version 2.0 is not meant" }],
            WaitsFor = ["freeze 'f'"],
        };
        var plan = await Client.PlanAsync(new() { Rollout = "mine", Spec = new() { Image = "planned", Patch = "fix" } });

        Assert.Equal(("mine", "fix"), (planner.Asked?.Rollout, planner.Asked?.Spec.Patch));
        Assert.Equal(("mine", 3u, 1u, 4), (plan.Rollout, plan.Targets, plan.LeftOut, plan.Sample.Count));
        Assert.Equal([(1u, 1u, 1u), (2u, 2u, 3u)], plan.Waves.Select(w => (w.Number, w.Size, w.Cumulative)));
        Assert.Equal(["freeze 'f'"], plan.WaitsFor);
        var other = await Client.PlanAsync(new() { Spec = new() { Image = "planned", Patch = "fix" } });
        Assert.Equal((32, other.Rollout), (other.Rollout.Length, planner.Asked?.Rollout));
    }

    [Fact]
    public async Task A_plan_of_many_targets_counts_all_and_shows_the_first()
    {
        gateway.Grains.Planner("large").Answer = new RolloutPlan { Targets = [.. Enumerable.Range(0, 2500).Select(i => Target($"edge-{i}/web", 1))] };
        var plan = await Client.PlanAsync(new() { Spec = new() { Image = "large", Patch = "fix" } });

        Assert.Equal((2500u, 1000), (plan.Targets, plan.Sample.Count));
    }

    [Fact]
    public async Task Each_control_is_its_verb_with_who_asked_and_why()
    {
        var grain = gateway.Grains.Rollout("controlled");
        grain.View = View("controlled");
        foreach (var verb in System.Enum.GetValues<RolloutVerb>())
        {
            var name = char.ToLowerInvariant($"{verb}"[0]) + $"{verb}"[1..];
            using var response = await Post($"/v1/rollouts/controlled:{name}", """{"reason":"why not"}""");

            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal("controlled", JsonParser.Default.Parse<Wire.Rollout>(await response.Content.ReadAsStringAsync()).Id);
            Assert.True(grain.Calls.Reader.TryRead(out var call));
            Assert.Equal(new RolloutControl(verb, "administrator", "why not"), call);
        }
    }

    [Fact]
    public async Task What_the_rollout_refuses_keeps_its_reason_and_its_kind()
    {
        var grain = gateway.Grains.Rollout("refusing");
        var create = new Wire.CreateRolloutRequest { Rollout = "refusing", Spec = new() { Image = "web", Patch = "fix" } };

        grain.NextAnswer = new(RolloutAnswerKind.Refused, null, "ROLLOUT_EXISTS", "it has another content");
        await AccessTests.Refused(StatusCode.AlreadyExists, "ROLLOUT_EXISTS", () => Client.CreateAsync(create).ResponseAsync);
        using var conflict = await Post("/v1/rollouts", JsonFormatter.Default.Format(create));
        Assert.Equal(HttpStatusCode.Conflict, conflict.StatusCode);
        Assert.Equal(("ROLLOUT_EXISTS", "it has another content"), (await Json.Problem(conflict)) is var p ? (p.Reason, p.Detail) : default);

        grain.NextAnswer = new(RolloutAnswerKind.Refused, null, "PATCH_QUARANTINED", "it failed before");
        await AccessTests.Refused(StatusCode.FailedPrecondition, "PATCH_QUARANTINED", () => Client.CreateAsync(create).ResponseAsync);
        grain.NextAnswer = new(RolloutAnswerKind.NotFound, null);
        await AccessTests.Refused(StatusCode.NotFound, "ROLLOUT_UNKNOWN", () => Client.PauseAsync(new() { Rollout = "refusing" }).ResponseAsync);
    }

    [Theory]
    [InlineData("/v1/rollouts/nothing")]
    [InlineData("/v1/rollouts/nothing/targets")]
    [InlineData("/v1/rollouts/nothing:watch")]
    public async Task What_is_not_there_says_so(string path)
    {
        using var response = await gateway.Http().GetAsync(path);

        Assert.Equal((404, "ROLLOUT_UNKNOWN"), ((int)response.StatusCode, (await Json.Problem(response)).Reason));
    }

    [Fact]
    public async Task REST_and_gRPC_show_the_same_rollout_with_all_its_fields()
    {
        var now = gateway.Time.GetUtcNow();
        gateway.Grains.Rollout("shown").View = View("shown") with
        {
            Phase = RolloutPhase.RollingBack,
            Reason = "FAILURES",
            Detail = "1 of 1 failed",
            Wave = 2,
            Waves = [new() { Number = 1, Size = 1, Verdict = Verdict.Pass, Reason = "healthy", Counts = new() { Verified = 1 }, Opened = now, Judged = now }],
            Counts = new() { LeftOut = 1, Pending = 2, Waiting = 3, Dispatched = 4, Verified = 5, Failed = 6, Offline = 7, RollingBack = 8, RolledBack = 9, NeedsHuman = 10, Untouched = 11 },
            Ended = now,
            LastDispatch = now,
            HeldSince = now,
            Deadline = now,
            RollbackTook = TimeSpan.FromSeconds(2.5),
        };
        var grpc = await Client.GetAsync(new() { Rollout = "shown" });
        var rest = JsonParser.Default.Parse<Wire.Rollout>(await gateway.Http().GetStringAsync("/v1/rollouts/shown"));

        Assert.Equal(grpc, rest);
        Assert.Equal(Enumerable.Range(1, 11).Select(i => (uint)i), Wire.TargetCounts.Descriptor.Fields.InDeclarationOrder().Select(f => (uint)f.Accessor.GetValue(grpc.Counts)));
        Assert.All(Wire.Rollout.Descriptor.Fields.InDeclarationOrder().Where(f => !f.IsRepeated), f => Assert.NotEqual(f.Accessor.GetValue(new Wire.Rollout()), f.Accessor.GetValue(grpc)));
        Assert.Equal((Wire.RolloutPhase.RollingBack, Wire.Verdict.Pass), (grpc.Phase, grpc.Waves[0].Verdict));
    }

    [Fact]
    public void The_contracts_words_are_the_grains_words()
    {
        Same<RolloutPhase, Wire.RolloutPhase>();
        Same<TargetState, Wire.TargetState>();
        Same<Lane, Wire.Lane>();
        Same<Verdict, Wire.Verdict>();
        Same<Resources.HoldPhase, Wire.HoldPhase>();
        Same<Health, Wire.Health>();
        Same<ChangePhase, Wire.ChangePhase>();

        static void Same<TGrain, TWire>()
            where TGrain : struct, System.Enum
            where TWire : struct, System.Enum => Assert.Equal(
                System.Enum.GetValues<TWire>().Where(w => Convert.ToInt32(w) != 0).Select(w => (Convert.ToInt32(w), $"{w}")),
                System.Enum.GetValues<TGrain>().Where(g => Convert.ToInt32(g) != 0).Select(g => (Convert.ToInt32(g), $"{g}")));
    }

    internal static RolloutView View(string id) => new()
    {
        Id = id,
        Spec = new RolloutSpec { Image = "web", Patch = "fix" },
        Phase = RolloutPhase.Dispatching,
        By = "somebody",
        Requested = DateTimeOffset.UnixEpoch,
    };

    private static TargetView Target(string id, int wave) => new() { Instance = InstanceId.Parse(id), State = TargetState.Pending, Wave = wave };

    private static string Spec(string more) => $$"""
        "spec":{"image":"web","patch":"fix",{{more}}}
        """;

    private Wire.Rollouts.RolloutsClient Client => new(gateway.Grpc(gateway.ApiPort, key: gateway.Key));

    private Task<HttpResponseMessage> Post(string path, string body) => gateway.Http().PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"));
}
