using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Threading.Channels;
using Fleet.Instances;
using Fleet.Resources;
using Google.Protobuf.WellKnownTypes;

namespace Fleet.Gateway;

public sealed class AgentLinkTests : IAsyncLifetime
{
    private readonly TestGateway gateway = new();

    public ValueTask InitializeAsync() => gateway.InitializeAsync();

    public ValueTask DisposeAsync() => gateway.DisposeAsync();

    [Fact]
    public async Task A_session_begins_with_hello_and_welcome_and_the_directives_that_waited()
    {
        gateway.Grains.Resource("edge-1").Acknowledged = 41;
        gateway.Grains.Resource("edge-1").Pending = [Directive("d1"), Directive("late") with { StartBefore = gateway.Time.GetUtcNow() }];
        var agent = await Connect("edge-1");

        Assert.Equal(gateway.Time.GetUtcNow(), agent.Welcome.EngineTime.ToDateTimeOffset());
        Assert.Equal(41ul, agent.Welcome.Acknowledged);
        Assert.Equal(41ul, (await agent.Next()).Acknowledged);
        var directive = (await agent.Next()).Directive;
        Assert.Equal(("d1", "web", 60), (directive.Id, directive.Instance, directive.StartWithin.Seconds));
        Assert.Equal([1, 2, 3], directive.Apply.Envelope.ToByteArray());

        var session = Assert.IsType<AgentSession>(await gateway.Grains.Resource("edge-1").Calls.Reader.ReadAsync());
        Assert.Equal(("boot", "1.2", agent.Welcome.Session), (session.BootId, session.AgentVersion, session.Session));
    }

    [Fact]
    public async Task A_fact_is_acknowledged_after_it_is_stored_and_not_before()
    {
        var stored = new TaskCompletionSource();
        gateway.Grains.Instance("edge-1/web").Storing = stored.Task;
        var agent = await Connect("edge-1");

        await agent.Say(Progress(1, 1));
        var acknowledged = agent.Next();
        Assert.Equal(0, gateway.Grains.Resource("edge-1").Acknowledged);
        Assert.False(acknowledged.IsCompleted);
        stored.SetResult();
        Assert.Equal(1ul, (await acknowledged).Acknowledged);
        Assert.Equal(1, gateway.Grains.Resource("edge-1").Acknowledged);
    }

    [Fact]
    public async Task Facts_are_taken_in_order_and_repeated_ones_only_acknowledged_again()
    {
        gateway.Grains.Resource("edge-1").Acknowledged = 2;
        var agent = await Connect("edge-1");
        Assert.Equal(2ul, (await agent.Next()).Acknowledged);

        foreach (var sequence in new ulong[] { 1, 2, 3, 5, 4, 6 }) await agent.Say(Progress(sequence, sequence));
        ulong last;
        do last = (await agent.Next()).Acknowledged;
        while (last < 6);

        Assert.Equal([3L, 5L, 6L], Steps("edge-1/web"));
    }

    [Fact]
    public async Task A_repeated_fact_alone_is_acknowledged_again()
    {
        var agent = await Connect("edge-1");
        await agent.Say(Progress(1, 1));
        Assert.Equal(1ul, (await agent.Next()).Acknowledged);
        await agent.Say(Progress(1, 1));
        Assert.Equal(1ul, (await agent.Next()).Acknowledged);
        Assert.Equal([1L], Steps("edge-1/web"));
    }

    [Fact]
    public async Task Reports_reach_the_agents_own_resource_and_instances()
    {
        var agent = await Connect("edge-1");
        await agent.Say(new Wire.AgentMessage { Instance = new Wire.InstanceReport { Name = "web", Health = Wire.Health.Unhealthy, Generation = 3, StaleMappings = 2 } });
        await agent.Say(new Wire.AgentMessage
        {
            DeviceTime = Timestamp.FromDateTimeOffset(gateway.Time.GetUtcNow().AddHours(2)),
            Resource = new Wire.ResourceReport { Load1 = 0.5 },
        });

        var facts = Assert.IsType<InstanceFacts>(await Call(gateway.Grains.Instance("edge-1/web").Calls));
        Assert.Equal((Health.Unhealthy, 3L, 2), (facts.Health, facts.Generation, facts.StaleMappings));
        await Call(gateway.Grains.Resource("edge-1").Calls);
        var resource = Assert.IsType<ResourceFacts>(await Call(gateway.Grains.Resource("edge-1").Calls));
        Assert.Equal(TimeSpan.FromHours(2), resource.ClockSkew);
        Assert.Equal(["web"], resource.Instances);
        Assert.Equal(0.5, Wire.ResourceReport.Parser.ParseFrom(resource.Report.AsSpan()).Load1);
    }

    [Fact]
    public async Task An_answer_finds_the_instance_of_its_directive()
    {
        var agent = await Connect("edge-1");
        await gateway.Grains.Resource("edge-1").Link!.Deliver(Directive("d7"));
        Assert.Equal("d7", (await agent.Next()).Directive.Id);

        await agent.Say(new Wire.AgentMessage { Sequence = 1, Answer = new Wire.DirectiveAnswer { Directive = "d7", Accepted = false, Reason = "NO_SPACE" } });
        Assert.Equal(new DirectiveAnswer("d7", false, "NO_SPACE", ""), await Call(gateway.Grains.Instance("edge-1/web").Calls));
        Assert.Equal(1ul, (await agent.Next()).Acknowledged);
    }

    [Theory]
    [InlineData("web", "d7")]
    [InlineData("", "web:c1:ROLL_BACK")]
    [InlineData("", "web:c1:ROLL_BACK:2")]
    public async Task An_answer_that_comes_after_a_reconnect_is_not_lost(string instanceName, string directive)
    {
        var agent = await Connect("edge-1");
        await agent.Say(new Wire.AgentMessage { Sequence = 1, InstanceName = instanceName, Answer = new Wire.DirectiveAnswer { Directive = directive, Reason = "BUSY" } });

        Assert.Equal(new DirectiveAnswer(directive, false, "BUSY", ""), await Call(gateway.Grains.Instance("edge-1/web").Calls));
    }

    [Fact]
    public async Task What_a_device_says_at_length_is_cut()
    {
        var agent = await Connect("edge-1");
        var message = Progress(1, 1);
        (message.Progress.Reason, message.Progress.Detail) = (new string('r', 5000), new string('d', 1023) + "\U0001F600" + new string('d', 5000));
        await agent.Say(message);

        var told = Assert.IsType<ChangeProgress>(await Call(gateway.Grains.Instance("edge-1/web").Calls));
        Assert.Equal((64, new string('d', 1023)), (told.Reason.Length, told.Detail));
    }

    public static TheoryData<string, Wire.AgentMessage> Nonsense => new()
    {
        { "instanceName", new Wire.AgentMessage { Sequence = 1, InstanceName = "../edge-2/web", Progress = new() { Change = "c", Step = 1, Phase = Wire.ChangePhase.Applied } } },
        { "instance.name", new Wire.AgentMessage { Instance = new() { Name = "a/b" } } },
        { "inventory.instance", new Wire.AgentMessage { Sequence = 1, Inventory = new() { Instance = "A" } } },
        { "progress.phase", new Wire.AgentMessage { Sequence = 1, InstanceName = "web", Progress = new() { Change = "c", Step = 1 } } },
        { "progress.step", new Wire.AgentMessage { Sequence = 1, InstanceName = "web", Progress = new() { Change = "c", Phase = Wire.ChangePhase.Applied } } },
        { "progress.change", new Wire.AgentMessage { Sequence = 1, InstanceName = "web", Progress = new() { Step = 1, Phase = Wire.ChangePhase.Applied } } },
        { "answer.directive", new Wire.AgentMessage { Sequence = 1, Answer = new() } },
        { "sequence", new Wire.AgentMessage { Sequence = ulong.MaxValue, Answer = new() { Directive = "d" } } },
        { "hello", new Wire.AgentMessage { Hello = new() } },
    };

    [Theory]
    [MemberData(nameof(Nonsense))]
    public async Task A_malformed_message_ends_the_stream_with_the_name_of_the_field(string field, Wire.AgentMessage message)
    {
        var agent = await Connect("edge-1");
        await agent.Say(message);

        var refusal = await AccessTests.Refused(StatusCode.InvalidArgument, "REQUEST_INVALID", agent.Next);
        Assert.Equal(field, Assert.Single(refusal.Errors).Field);
        Assert.Equal(0, gateway.Grains.Resource("edge-1").Acknowledged);
    }

    [Fact]
    public async Task Whoever_does_not_say_hello_first_is_sent_away()
    {
        using var certificate = await gateway.Enrol("rude");
        using var call = Link(certificate).Connect();
        await call.RequestStream.WriteAsync(Progress(1, 1));

        await AccessTests.Refused(StatusCode.InvalidArgument, "HELLO_EXPECTED", () => call.ResponseStream.MoveNext());
    }

    [Fact]
    public async Task Another_session_takes_over_and_the_older_one_ends()
    {
        using var certificate = await gateway.Enrol("edge-1");
        var older = await Connect("edge-1", certificate);
        var newer = await Connect("edge-1", certificate);

        await AccessTests.Refused(StatusCode.Aborted, "SESSION_REPLACED", older.Next);
        await newer.Say(Progress(1, 1));
        Assert.Equal(1ul, (await newer.Next()).Acknowledged);
        await gateway.Grains.Resource("edge-1").Link!.Close("elsewhere");
        await AccessTests.Refused(StatusCode.Aborted, "SESSION_REPLACED", newer.Next);
    }

    [Fact]
    public async Task A_session_is_renewed_every_minute_and_repeats_what_is_not_answered()
    {
        var agent = await Connect("edge-1");
        var resource = gateway.Grains.Resource("edge-1");
        await Call(resource.Calls);
        resource.Pending = [Directive("d1") with { StartBefore = gateway.Time.GetUtcNow().AddHours(1) }];

        gateway.Time.Advance(TimeSpan.FromMinutes(1));
        var renewed = Assert.IsType<AgentSession>(await Call(resource.Calls));
        Assert.Equal(agent.Welcome.Session, renewed.Session);
        Assert.Equal("d1", (await agent.Next()).Directive.Id);
    }

    [Fact]
    public async Task An_agent_that_leaves_is_forgotten_with_its_observer()
    {
        var agent = await Connect("edge-1");
        var resource = gateway.Grains.Resource("edge-1");
        await Call(resource.Calls);
        await agent.Leave();

        Assert.Equal($"disconnect {agent.Welcome.Session}", await Call(resource.Calls));
        await Task.Run(() => SpinWait.SpinUntil(() => gateway.Grains.Observers.IsEmpty, TestGateway.Patience));
        Assert.Empty(gateway.Grains.Observers);
    }

    [Fact]
    public async Task An_agent_that_does_not_read_is_cut_off_and_holds_nobody_up()
    {
        var agent = await Connect("edge-1");
        var resource = gateway.Grains.Resource("edge-1");
        var big = Directive("big") with { Envelope = [.. new byte[256 << 10]] };

        // No call waits for the agent, however many directives there are.
        for (var i = 0; i < 200; i++) await resource.Link!.Deliver(big with { Id = $"big{i}" }).WaitAsync(TestGateway.Patience);
        // Whether the reason still gets through depends on how full the way to the agent is; the stream ends in any case.
        await Assert.ThrowsAsync<RpcException>(async () =>
        {
            while (true) await agent.Next();
        });
        Assert.Contains("fleet_gateway_slow_agents_total", await gateway.Http().GetStringAsync("/metrics"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_device_gets_a_new_certificate_for_the_name_that_it_has()
    {
        using var certificate = await gateway.Enrol("edge-1");
        gateway.Time.Advance(TimeSpan.FromDays(20));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var response = await Link(certificate).RenewAsync(new Wire.RenewRequest { CertificateRequest = TestGateway.Csr(key) });

        using var renewed = X509CertificateLoader.LoadCertificate(response.Certificate.Span);
        Assert.Equal("edge-1", renewed.GetNameInfo(X509NameType.SimpleName, false));
        Assert.Equal(gateway.Grains.Resource("edge-1").CertificateExpires, renewed.NotAfter.ToUniversalTime());
        Assert.True(renewed.NotAfter.ToUniversalTime() > gateway.Time.GetUtcNow().AddDays(29));
    }

    [Fact]
    public async Task A_certificate_that_was_replaced_opens_no_session_and_is_not_renewed()
    {
        using var certificate = await gateway.Enrol("edge-1");
        gateway.Grains.Resource("edge-1").Superseded = Convert.ToHexStringLower(SHA256.HashData(certificate.RawData));

        await AccessTests.Refused(StatusCode.Unauthenticated, "CERTIFICATE_SUPERSEDED", () => Connect("edge-1", certificate));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await AccessTests.Refused(StatusCode.Unauthenticated, "CERTIFICATE_SUPERSEDED",
            () => Link(certificate).RenewAsync(new Wire.RenewRequest { CertificateRequest = TestGateway.Csr(key) }).ResponseAsync);
    }

    [Fact]
    public async Task Open_streams_do_not_delay_a_stop()
    {
        var agent = await Connect("edge-1");
        var listening = agent.Next();
        await gateway.Stop().WaitAsync(TimeSpan.FromSeconds(5));
        await Assert.ThrowsAnyAsync<Exception>(() => listening);
    }

    private Wire.AgentLink.AgentLinkClient Link(X509Certificate2 certificate) => new(gateway.Grpc(gateway.AgentsPort, certificate));

    private Task<TestAgent> Connect(string resource, X509Certificate2? certificate = null) => TestAgent.Connect(gateway, resource, certificate);

    private Directive Directive(string id) => new()
    {
        Id = id,
        Instance = "web",
        Generation = 1,
        StartBefore = gateway.Time.GetUtcNow().AddMinutes(1),
        Change = "c1",
        Kind = DirectiveKind.Apply,
        Envelope = [1, 2, 3],
    };

    private static Wire.AgentMessage Progress(ulong sequence, ulong step) => new()
    {
        Sequence = sequence,
        InstanceName = "web",
        Progress = new Wire.ChangeProgress { Change = "c1", Directive = "d1", Generation = 1, Phase = Wire.ChangePhase.Applied, Step = step },
    };

    private IEnumerable<long> Steps(string instance)
    {
        while (gateway.Grains.Instance(instance).Calls.Reader.TryRead(out var call)) yield return ((ChangeProgress)call).Step;
    }

    private static Task<object> Call(Channel<object> calls) => calls.Reader.ReadAsync().AsTask().WaitAsync(TestGateway.Patience);
}
