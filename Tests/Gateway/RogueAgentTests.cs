using System.Net.Security;
using System.Net.Sockets;
using System.Threading.Channels;
using Fleet.Gateway.Agents;
using Fleet.Gateway.Doors;
using Fleet.Instances;
using Fleet.Resources;
using Google.Protobuf.WellKnownTypes;

namespace Fleet.Gateway;

/// <summary>Agents that are broken, or not what they say: they are slowed or cut off, and nobody else notices.</summary>
public sealed class RogueAgentTests : IAsyncLifetime
{
    private readonly TestGateway gateway = new();

    public ValueTask InitializeAsync() => gateway.InitializeAsync();

    public ValueTask DisposeAsync() => gateway.DisposeAsync();

    [Fact]
    public async Task An_agent_that_remembers_acknowledgements_it_never_got_is_told_what_is_stored()
    {
        gateway.Grains.Resource("edge-1").Acknowledged = 41;
        var agent = await TestAgent.Connect(gateway, "edge-1", acknowledged: 9000);

        Assert.Equal(41ul, agent.Welcome.Acknowledged);
        Assert.Equal(41ul, (await agent.Next()).Acknowledged);
        await agent.Say(Progress(42));
        Assert.Equal(42ul, (await agent.Next()).Acknowledged);
        Assert.IsType<ChangeProgress>(await Call(gateway.Grains.Instance("edge-1/web").Calls));
    }

    [Fact]
    public async Task An_answer_to_what_was_never_asked_is_acknowledged_and_reaches_no_instance()
    {
        var agent = await TestAgent.Connect(gateway, "edge-1");
        await agent.Say(new Wire.AgentMessage { Sequence = 1, Answer = new Wire.DirectiveAnswer { Directive = "never sent", Accepted = true } });

        Assert.Equal(1ul, (await agent.Next()).Acknowledged);
        Assert.Equal(["answered never sent"], Said(gateway.Grains.Resource("edge-1").Calls).OfType<string>());
        Assert.False(gateway.Grains.Instance("edge-1/never sent").Calls.Reader.TryRead(out _));
    }

    [Theory]
    [InlineData(253402300799, 36525)]
    [InlineData(-62135596800, -36525)]
    [InlineData(long.MaxValue, 0)]
    [InlineData(long.MinValue, 0)]
    public async Task A_device_whose_clock_is_wrong_is_listened_to(long seconds, int days)
    {
        var agent = await TestAgent.Connect(gateway, "edge-1");
        await agent.Say(new Wire.AgentMessage { DeviceTime = new Timestamp { Seconds = seconds }, Resource = new Wire.ResourceReport { Load1 = 1 } });
        var progress = Progress(1);
        progress.Progress.DeviceTime = new Timestamp { Seconds = seconds, Nanos = -1 };
        await agent.Say(progress);

        Assert.Equal(1ul, (await agent.Next()).Acknowledged);
        Assert.Equal(TimeSpan.FromDays(days), gateway.Grains.Resource("edge-1").Facts!.ClockSkew);
        Assert.Equal(default, Assert.IsType<ChangeProgress>(await Call(gateway.Grains.Instance("edge-1/web").Calls)).DeviceTime);
    }

    [Fact]
    public async Task A_generation_that_was_never_given_is_what_the_device_says_and_no_more()
    {
        var agent = await TestAgent.Connect(gateway, "edge-1");
        await agent.Say(new Wire.AgentMessage { Instance = new Wire.InstanceReport { Name = "web", Generation = long.MaxValue } });

        Assert.Equal(long.MaxValue, Assert.IsType<InstanceFacts>(await Call(gateway.Grains.Instance("edge-1/web").Calls)).Generation);
    }

    public static TheoryData<string, Wire.AgentMessage> Nonsense => new()
    {
        { "sequence", Progress(1UL + uint.MaxValue + 1) },
        { "sequence", Progress(ulong.MaxValue) },
        { "instance.generation", new Wire.AgentMessage { Instance = new() { Name = "web", Generation = ulong.MaxValue } } },
    };

    [Theory]
    [MemberData(nameof(Nonsense))]
    public async Task What_would_spoil_all_that_follows_ends_the_stream_with_the_name_of_the_field(string field, Wire.AgentMessage message)
    {
        var agent = await TestAgent.Connect(gateway, "edge-1");
        await agent.Say(message);

        var refusal = await AccessTests.Refused(StatusCode.InvalidArgument, "REQUEST_INVALID", agent.Next);
        Assert.Equal(field, Assert.Single(refusal.Errors).Field);
        Assert.Equal(0, gateway.Grains.Resource("edge-1").Acknowledged);
    }

    [Fact]
    public async Task A_report_that_nobody_could_keep_ends_the_stream()
    {
        var agent = await TestAgent.Connect(gateway, "edge-1");
        await agent.Say(new Wire.AgentMessage { Instance = new() { Name = "web", Processes = { new Wire.Process { Command = new string('x', 1 << 20) } } } });

        var refusal = await AccessTests.Refused(StatusCode.InvalidArgument, "REQUEST_INVALID", agent.Next);
        Assert.Equal("instance", Assert.Single(refusal.Errors).Field);
    }

    [Fact]
    public async Task A_message_that_is_too_large_is_not_even_read()
    {
        var agent = await TestAgent.Connect(gateway, "edge-1");
        var ending = Assert.ThrowsAsync<RpcException>(agent.Next);
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await agent.Say(new Wire.AgentMessage { Sequence = 1, Inventory = new() { Packages = { new string('x', 10 << 20) } } });
            throw await ending;
        });

        Assert.Equal(0, gateway.Grains.Resource("edge-1").Acknowledged);
    }

    [Fact]
    public async Task An_agent_that_speaks_of_ever_new_instances_is_cut_off()
    {
        var agent = await TestAgent.Connect(gateway, "edge-1");
        for (var i = 0; i < 129; i++) await agent.Say(new Wire.AgentMessage { Instance = new Wire.InstanceReport { Name = $"i{i}" } });

        await AccessTests.Refused(StatusCode.ResourceExhausted, "TOO_MANY_INSTANCES", agent.Next);
        Assert.True(gateway.Grains.Instance("edge-1/i127").Calls.Reader.TryRead(out _));
        Assert.False(gateway.Grains.Instance("edge-1/i128").Calls.Reader.TryRead(out _));
    }

    [Fact]
    public async Task An_agent_that_floods_waits_and_no_other_does()
    {
        var rogue = await TestAgent.Connect(gateway, "rogue");
        const int more = 50;
        for (var i = 0; i < Allowance.AtOnce + more; i++) await rogue.Say(Report("flood"));
        var flood = gateway.Grains.Instance("rogue/flood").Calls;
        for (var i = 0; i < Allowance.AtOnce; i++) await Call(flood);

        // Its clock stands still: whatever it has sent beyond that is not taken.
        var honest = await TestAgent.Connect(gateway, "edge-1");
        await honest.Say(Progress(1));
        Assert.Equal(1ul, (await honest.Next()).Acknowledged);
        Assert.False(flood.Reader.TryRead(out _));

        for (var i = 0; i < more; i++)
        {
            var next = Call(flood);
            while (!next.IsCompleted)
            {
                gateway.Time.Advance(TimeSpan.FromMilliseconds(10));
                await Task.Yield();
            }
        }

        Assert.Contains("fleet_gateway_slowed_messages", await gateway.Http().GetStringAsync("/metrics"), StringComparison.Ordinal);
    }

    [Fact]
    public void An_allowance_is_what_was_saved_and_never_more_than_it_holds()
    {
        var allowance = Allowance.Full;
        for (var i = 0; i < Allowance.AtOnce; i++) allowance = allowance.Spend(TimeSpan.Zero);
        Assert.Equal(TimeSpan.Zero, allowance.Wait);

        allowance = allowance.Spend(TimeSpan.FromHours(-1));
        Assert.Equal(TimeSpan.FromSeconds(1.0 / Allowance.PerSecond), allowance.Wait);
        Assert.Equal(TimeSpan.Zero, allowance.Spend(TimeSpan.FromSeconds(2.0 / Allowance.PerSecond)).Wait);
        Assert.Equal(Allowance.AtOnce - 1, allowance.Spend(TimeSpan.FromDays(1)).Left);
    }

    [Fact]
    public async Task Idle_connections_give_their_buffers_back_on_this_runtime()
    {
        using var certificate = await gateway.Enrol("edge-1");
        using var socket = new TcpClient("127.0.0.1", gateway.AgentsPort);
        await using var tls = new SslStream(socket.GetStream());
        await tls.AuthenticateAsClientAsync(gateway.Tls(certificate));

        Assert.True(IdleTls.GiveBackBuffers(tls));
    }

    private static Wire.AgentMessage Report(string instance) => new() { Instance = new Wire.InstanceReport { Name = instance } };

    private static Wire.AgentMessage Progress(ulong sequence) => new()
    {
        Sequence = sequence,
        InstanceName = "web",
        Progress = new Wire.ChangeProgress { Change = "c1", Directive = "d1", Generation = 1, Phase = Wire.ChangePhase.Applied, Step = 1 },
    };

    private static IEnumerable<object> Said(Channel<object> calls)
    {
        while (calls.Reader.TryRead(out var call)) yield return call;
    }

    private static Task<object> Call(Channel<object> calls) => calls.Reader.ReadAsync().AsTask().WaitAsync(TestGateway.Patience);
}
