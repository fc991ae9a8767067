using Fleet.Agent.Delivery;
using Fleet.Protocol.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Body = Fleet.Protocol.V1.AgentMessage.BodyOneofCase;

namespace Fleet.Agent.Link;

public sealed class EngineLinkTests
{
    [Fact]
    public async Task Facts_from_before_and_during_a_session_arrive_in_order_and_leave_the_spool()
    {
        await using var engine = await TestEngine.Start();
        engine.Script.On = AcknowledgeEverything;
        using var directory = new Temporary();
        using var device = new TestDevice(engine.Address, engine.Authority, directory.Path);
        await device.Facts.Record(Step(1), CancellationToken.None);
        device.Start();
        await device.Facts.Record(Step(2), CancellationToken.None);
        await device.Facts.Record(Step(3), CancellationToken.None);
        await device.Drained();

        foreach (var step in (ulong[])[1, 2, 3])
        {
            var fact = await engine.Script.Next(message => message.BodyCase == Body.Progress);
            Assert.Equal((step, step, "web"), (fact.Progress.Step, fact.Sequence, fact.InstanceName));
        }

        await device.Stop();
        Assert.Equal(1, engine.Script.Completed);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_link_that_is_cut_again_and_again_loses_nothing_and_repeats_nothing_acknowledged(int seed)
    {
        const int Facts = 200;
        await using var engine = await TestEngine.Start();
        var random = new Random(seed);
        var (stored, acknowledged, repeated, cuts) = (new SortedSet<ulong>(), 0UL, new List<ulong>(), 0);
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        engine.Script.On = async (message, down) =>
        {
            if (message.Sequence == 0) return true;
            if (message.Sequence <= acknowledged) repeated.Add(message.Sequence);
            stored.Add(message.Sequence);
            Assert.Equal(message.Sequence, message.Progress.Step);
            // Acknowledged late, or never because the wire is cut first; what is told must then be what the next session believes.
            if (random.Next(3) == 0) await down.WriteAsync(new() { Acknowledged = engine.Script.Acknowledged = acknowledged = message.Sequence });
            var cut = random.Next(12) == 0;
            if (cut) cuts++;
            if (stored.Count == Facts) all.TrySetResult();
            return !cut;
        };
        using var directory = new Temporary();
        using var device = new TestDevice(engine.Address, engine.Authority, directory.Path);
        device.Start();
        for (var step = 1; step <= Facts; step++) await device.Facts.Record(Step(step), CancellationToken.None);
        await all.Task.WaitAsync(TimeSpan.FromSeconds(60));
        engine.Script.On = AcknowledgeEverything;
        await device.Facts.Record(Step(Facts + 1), CancellationToken.None);
        await device.Drained();
        await device.Stop();

        Assert.Equal(Facts, stored.Count);
        Assert.Empty(repeated);
        Assert.True(cuts > 3, $"{cuts} cuts");
    }

    [Fact]
    public async Task An_agent_that_was_killed_goes_on_from_its_spool()
    {
        await using var engine = await TestEngine.Start();
        engine.Script.On = async (message, down) =>
        {
            if (message.Sequence == 1) await down.WriteAsync(new() { Acknowledged = engine.Script.Acknowledged = 1 });
            return true;
        };
        using var directory = new Temporary();
        using (var first = new TestDevice(engine.Address, engine.Authority, directory.Path))
        {
            await first.Facts.Record(Step(1), CancellationToken.None);
            await first.Facts.Record(Step(2), CancellationToken.None);
            first.Start();
            await engine.Script.Next(message => message.Sequence == 2);
            await first.Stop();
        }

        // As a kill leaves it: the last write is half there.
        await File.AppendAllTextAsync(Path.Combine(directory.Path, "spool", "facts.spool"), "Fs\u0001\u0001half");
        engine.Script.On = AcknowledgeEverything;
        using var second = new TestDevice(engine.Address, engine.Authority, directory.Path);
        second.Start();
        var hello = await engine.Script.Next(message => message.BodyCase == Body.Hello);
        Assert.InRange(hello.Hello.Acknowledged, 0UL, 1UL);
        Assert.Equal(2UL, (await engine.Script.Next(message => message.Sequence > 0)).Sequence);
        await second.Drained();
        Assert.Contains("unfinished write", second.Log.ToString());
        await second.Stop();
    }

    [Fact]
    public async Task A_repeated_directive_reaches_delivery_again_and_gets_its_answer_again()
    {
        await using var engine = await TestEngine.Start();
        engine.Script.On = AcknowledgeEverything;
        using var directory = new Temporary();
        using var device = new TestDevice(engine.Address, engine.Authority, directory.Path);
        device.Start();
        var directive = new EngineMessage
        {
            Directive = new() { Id = "d1", Instance = "web", Generation = 4, StartWithin = Duration.FromTimeSpan(TimeSpan.FromMinutes(5)), Change = "c1", RollBack = new() { Undoes = "c0", Reason = "because" } },
        };
        for (var i = 0; i < 2; i++)
        {
            await engine.Script.Down.Writer.WriteAsync(directive);
            var message = await engine.Script.Next(message => message.BodyCase == Body.Answer);
            var answer = message.Answer;
            Assert.Equal(("d1", "web", true, "first answer to d1"), (answer.Directive, message.InstanceName, answer.Accepted, answer.Detail));
            await device.Drained();
        }

        Assert.Equal(2, device.Accepted.Count);
        var accepted = device.Accepted[0];
        Assert.Equal(("d1", "web", 4L, "c1"), (accepted.Id, accepted.Instance, accepted.Generation, accepted.Change));
        Assert.Equal(new DirectiveAction.RollBack("c0", "because"), accepted.Action);
        Assert.InRange(accepted.StartWithin, TimeSpan.FromMinutes(4), TimeSpan.FromMinutes(5));
        await device.Stop();
    }

    [Theory]
    [InlineData("unknown")]
    [InlineData("digest")]
    public async Task A_directive_that_makes_no_sense_is_answered_and_never_delivered(string what)
    {
        await using var engine = await TestEngine.Start();
        engine.Script.On = AcknowledgeEverything;
        using var directory = new Temporary();
        using var device = new TestDevice(engine.Address, engine.Authority, directory.Path);
        device.Start();
        var directive = new Protocol.V1.Directive { Id = "d1", Instance = "web" };
        if (what == "digest") directive.Apply = new() { Expected = new() { Image = "nginx", Version = "1", ImageDigest = "md5:abc" } };
        await engine.Script.Down.Writer.WriteAsync(new() { Directive = directive });

        var answer = (await engine.Script.Next(message => message.BodyCase == Body.Answer)).Answer;
        Assert.Equal(("d1", false, "REQUEST_INVALID"), (answer.Directive, answer.Accepted, answer.Reason));
        Assert.NotEmpty(answer.Detail);
        Assert.Empty(device.Accepted);
        await device.Stop();
    }

    [Fact]
    public async Task Reports_are_sent_newest_only_without_number_and_the_engine_sets_their_pace()
    {
        await using var engine = await TestEngine.Start();
        using var directory = new Temporary();
        using var device = new TestDevice(engine.Address, engine.Authority, directory.Path);
        for (var i = 1; i <= 5; i++) device.Reports.Publish([new() { Instance = new() { Name = $"look-{i}" } }]);
        device.Start();

        var report = await engine.Script.Next(message => message.BodyCase == Body.Instance);
        Assert.Equal(("look-5", 0UL), (report.Instance.Name, report.Sequence));
        Assert.NotNull(report.DeviceTime);
        await device.Stop();
    }

    [Fact]
    public async Task An_engine_that_sheds_load_is_no_trouble_and_is_asked_again()
    {
        await using var engine = await TestEngine.Start();
        var greetings = 0;
        engine.Script.Greeting = _ =>
        {
            if (++greetings <= 2) throw new RpcException(new Status(StatusCode.ResourceExhausted, "too many agents"), new Metadata { { "grpc-retry-pushback-ms", "5" } });
        };
        engine.Script.On = AcknowledgeEverything;
        using var directory = new Temporary();
        using var device = new TestDevice(engine.Address, engine.Authority, directory.Path);
        await device.Facts.Record(Step(1), CancellationToken.None);
        device.Start();
        await device.Drained();

        Assert.Equal(3, greetings);
        Assert.Contains("sheds load", device.Log.ToString());
        Assert.DoesNotContain(" warn ", device.Log.ToString());
        await device.Stop();
    }

    [Fact]
    public async Task An_engine_that_is_away_is_told_once_and_found_again()
    {
        using var directory = new Temporary();
        var authority = new TestAuthority();
        var engine = await TestEngine.Start(authority);
        var port = int.Parse(engine.Address.Split(':')[1]);
        using var device = new TestDevice(engine.Address, authority, directory.Path);
        device.Start();
        await device.Log.Line("connected to");
        await engine.DisposeAsync();
        await device.Log.Line("no session with");
        await device.Facts.Record(Step(1), CancellationToken.None);

        await using var back = await TestEngine.Start(authority, port: port);
        back.Script.On = AcknowledgeEverything;
        await device.Drained();
        await device.Stop();
        Assert.InRange(device.Log.ToString().Split('\n').Count(line => line.Contains("Connection refused")), 0, 1);
    }

    [Fact]
    public async Task A_device_whose_certificate_the_engine_refuses_is_told_what_to_do()
    {
        await using var engine = await TestEngine.Start();
        using var directory = new Temporary();
        var stranger = new TestAuthority(name: "CN=Somebody else").Issue("device-1", TestAuthority.Client);
        using var device = new TestDevice(engine.Address, engine.Authority, directory.Path, new("device-1", stranger, engine.Authority.Certificate));
        device.Start();
        await device.Log.Line("enrol it again");
        await device.Stop();
        Assert.True(device.Log.ToString().Contains("enrol it again", StringComparison.Ordinal), device.Log.ToString());
        Assert.Empty(engine.Script.Serials);
    }

    [Fact]
    public async Task A_certificate_of_which_a_third_is_left_is_renewed_and_used_from_the_next_connection_on()
    {
        await using var engine = await TestEngine.Start();
        engine.Script.On = AcknowledgeEverything;
        using var directory = new Temporary();
        var old = engine.Authority.Issue("device-1", TestAuthority.Client, DateTimeOffset.UtcNow.AddDays(-5), DateTimeOffset.UtcNow.AddDays(2));
        using var device = new TestDevice(engine.Address, engine.Authority, directory.Path, new("device-1", old, engine.Authority.Certificate));
        device.Start();
        await device.Log.Line("the certificate was renewed");
        await device.Stop();

        var stored = new Identity.IdentityStore(directory.Path).Load()!;
        Assert.Equal("device-1", stored.Resource);
        Assert.Equal(device.Door.Identity.Certificate.SerialNumber, stored.Certificate.SerialNumber);
        using var next = new TestDevice(engine.Address, engine.Authority, directory.Path, stored);
        next.Start();
        await next.Log.Line("connected to");
        await next.Stop();
        Assert.Equal([old.SerialNumber, stored.Certificate.SerialNumber], engine.Script.Serials);
        Assert.Equal(1, engine.Script.Renewals);
    }

    private static async Task<bool> AcknowledgeEverything(AgentMessage message, IServerStreamWriter<EngineMessage> down)
    {
        if (message.Sequence > 0) await down.WriteAsync(new() { Acknowledged = message.Sequence });
        return true;
    }

    private static Progress Step(long step) => new()
    {
        Instance = "web",
        Change = "c1",
        Directive = "d1",
        Generation = 1,
        Phase = DevicePhase.Applied,
        At = DateTimeOffset.UnixEpoch,
        Step = step,
    };
}
