using System.Text;
using Fleet.Applications;
using Fleet.Instances;
using Fleet.Resources;
using Google.Protobuf.WellKnownTypes;

namespace Fleet.Gateway;

public sealed class SchedulingApiTests(TestGateway gateway) : IClassFixture<TestGateway>
{
    [Fact]
    public async Task A_freeze_holds_for_a_day_unless_it_is_told_otherwise()
    {
        var day = await Client.CreateFreezeAsync(new() { Freeze = "day" });
        var hour = await Client.CreateFreezeAsync(new() { Labels = { ["zone"] = "a" }, Reason = "holidays", ValidFor = Duration.FromTimeSpan(TimeSpan.FromHours(1)) });

        Assert.Equal(("day", TimeSpan.FromHours(24)), (day.Id, (day.Until - day.Since).ToTimeSpan()));
        Assert.Equal(("a", "holidays", "administrator", TimeSpan.FromHours(1)), (hour.Labels["zone"], hour.Reason, hour.By, (hour.Until - hour.Since).ToTimeSpan()));
        Assert.Equal(32, hour.Id.Length);
        Assert.Null(hour.Lifted);
        Assert.Equal("administrator", (await Client.LiftFreezeAsync(new() { Freeze = "day" })).LiftedBy);
        await AccessTests.Refused(StatusCode.NotFound, "FREEZE_UNKNOWN", () => Client.LiftFreezeAsync(new() { Freeze = "nothing" }).ResponseAsync);
    }

    [Fact]
    public async Task The_same_freeze_with_another_content_is_a_conflict()
    {
        gateway.Grains.Scheduler.NextAnswer = new(null, "FREEZE_EXISTS", "with other labels");
        using var response = await Send(HttpMethod.Post, "/v1/freezes", """{"freeze":"f"}""");
        gateway.Grains.Scheduler.NextAnswer = null;

        Assert.Equal((409, "FREEZE_EXISTS"), ((int)response.StatusCode, (await Json.Problem(response)).Reason));
    }

    [Fact]
    public async Task A_budget_is_set_and_shown_with_who_is_out_of_service()
    {
        Assert.Equal(0u, (await Client.GetBudgetAsync(new() { Application = "shop" })).MaxOutOfService);
        Assert.Equal(3u, (await Client.SetBudgetAsync(new() { Application = "shop", MaxOutOfService = 3 })).MaxOutOfService);

        var application = gateway.Grains.Application("shop");
        application.View = application.View with { Out = [.. Enumerable.Range(0, 1500).Select(i => new SlotHeld(new InstanceId($"edge-{1499 - i:0000}", "web"), "r1", gateway.Time.GetUtcNow()))] };
        var budget = await Client.GetBudgetAsync(new() { Application = "shop" });
        Assert.Equal((3u, 1500u, 1000, "edge-0000"), (budget.MaxOutOfService, budget.OutTotal, budget.Out.Count, budget.Out[0].Resource));
    }

    [Fact]
    public async Task A_known_resource_is_held_for_an_hour_unless_it_is_told_otherwise()
    {
        var unknown = await AccessTests.Refused(StatusCode.NotFound, "RESOURCE_UNKNOWN", () => Resources.HoldAsync(new() { Resource = "held" }).ResponseAsync);
        Assert.Contains("held", unknown.Detail, StringComparison.Ordinal);
        Assert.Equal(Wire.HoldPhase.None, (await Resources.GetHoldAsync(new() { Resource = "held" })).Phase);

        await gateway.Grains.Resource("held").Enrolled("f", gateway.Time.GetUtcNow());
        var hold = await Resources.HoldAsync(new() { Resource = "held", Hold = "h1", Reason = "new disk" });
        Assert.Equal((Wire.HoldPhase.Held, "h1", "new disk", "administrator"), (hold.Phase, hold.Hold, hold.Reason, hold.By));
        Assert.Equal(gateway.Time.GetUtcNow().AddHours(1), gateway.Grains.Hold("held").Asked?.Until);
        Assert.Equal(Wire.HoldPhase.Released, (await Resources.ReleaseAsync(new() { Resource = "held", Hold = "h1" })).Phase);

        gateway.Grains.Hold("held").NextAnswer = new(new HoldView { Resource = "held" }, "HELD", "h1 holds it");
        await AccessTests.Refused(StatusCode.Aborted, "HELD", () => Resources.HoldAsync(new() { Resource = "held", Hold = "h2" }).ResponseAsync);
    }

    [Fact]
    public async Task Labels_of_an_instance_are_replaced_when_its_resource_is_known()
    {
        await AccessTests.Refused(StatusCode.NotFound, "RESOURCE_UNKNOWN", () => Instances.SetLabelsAsync(new() { Resource = "mistyped", Instance = "web" }).ResponseAsync);
        await gateway.Grains.Resource("labelled").Enrolled("f", gateway.Time.GetUtcNow());
        using var response = await Send(HttpMethod.Put, "/v1/resources/labelled/instances/web/labels", """{"labels":{"zone":"eu/1","app":"shop"}}""");

        Assert.Equal(200, (int)response.StatusCode);
        Assert.Equal(Labels.Of([new("app", "shop"), new("zone", "eu/1")]), gateway.Grains.Instance("labelled/web").View.Labels);
    }

    public static TheoryData<string, string, string, string> Malformed => new()
    {
        { "POST", "/v1/freezes", """{"validFor":"0s"}""", "validFor" },
        { "POST", "/v1/freezes", """{"validFor":"7776001s"}""", "validFor" },
        { "POST", "/v1/freezes", """{"freeze":"a/b"}""", "freeze" },
        { "POST", "/v1/freezes", """{"freeze":".."}""", "freeze" },
        { "POST", "/v1/freezes", """{"labels":{"":"a"}}""", "labels" },
        { "POST", "/v1/freezes", "{\"labels\":{" + string.Join(',', Enumerable.Range(0, 33).Select(i => $"\"k{i}\":\"v\"")) + "}}", "labels" },
        { "POST", "/v1/freezes", """{"until":"tomorrow"}""", "until" },
        { "PUT", "/v1/applications/shop/budget", "{}", "maxOutOfService" },
        { "PUT", "/v1/applications/shop/budget", """{"maxOutOfService":0}""", "maxOutOfService" },
        { "PUT", "/v1/applications/shop/budget", """{"maxOutOfService":1000001}""", "maxOutOfService" },
        { "PUT", "/v1/applications/shop/budget", """{"maxOutOfService":1.5}""", "maxOutOfService" },
        { "PUT", "/v1/applications/shop/budget", """{"maxOutOfService":1,"application":"blog"}""", "application" },
        { "PUT", "/v1/applications/a%20b/budget", """{"maxOutOfService":1}""", "application" },
        { "PUT", "/v1/applications/a%2Fb/budget", """{"maxOutOfService":1}""", "application" },
        { "GET", "/v1/instances?labels=zone", "", "labels[0]" },
        { "GET", "/v1/instances?labels=zone=a&labels=zone=b", "", "labels[1]" },
        { "GET", "/v1/instances?labels=a=b=c", "", "labels[0]" },
        { "GET", "/v1/instances?image=WEB", "", "image" },
        { "GET", "/v1/instances?version=1%200", "", "version" },
        { "GET", "/v1/rollouts?active=perhaps", "", "active" },
        { "GET", "/v1/rollouts/r/targets?state=TARGET_STATE_LOST", "", "state" },
        { "GET", "/v1/rollouts/r/targets?state=99", "", "state" },
        { "POST", "/v1/resources/edge-1:hold", """{"validFor":"604801s"}""", "validFor" },
        { "POST", "/v1/resources/edge-1:hold", """{"hold":"no spaces"}""", "hold" },
        { "POST", "/v1/resources/edge-1:release", "{}", "hold" },
        { "PUT", "/v1/resources/edge-1/instances/web/labels", """{"labels":{"app":"-shop"}}""", "labels.app" },
        { "PUT", "/v1/resources/edge-1/instances/web/labels", """{"labels":{"a":"b","a":"c"}}""", "" },
        { "POST", "/v1/images/web/patches/p:quarantine", $$"""{"reason":"{{new string('x', 1025)}}"}""", "reason" },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public async Task A_malformed_request_is_answered_with_the_name_of_the_field(string verb, string path, string body, string field)
    {
        using var response = await Send(new HttpMethod(verb), path, body);

        var problem = await Json.Problem(response);
        Assert.Equal((400, "REQUEST_INVALID", field), (problem.Status, problem.Reason, Assert.Single(problem.Errors!.Value).Field));
    }

    private Wire.Scheduling.SchedulingClient Client => new(gateway.Grpc(gateway.ApiPort, key: gateway.Key));

    private Wire.Resources.ResourcesClient Resources => new(gateway.Grpc(gateway.ApiPort, key: gateway.Key));

    private Wire.Instances.InstancesClient Instances => new(gateway.Grpc(gateway.ApiPort, key: gateway.Key));

    private Task<HttpResponseMessage> Send(HttpMethod method, string path, string body)
    {
        var request = new HttpRequestMessage(method, path);
        if (body.Length > 0) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        return gateway.Http().SendAsync(request);
    }
}
