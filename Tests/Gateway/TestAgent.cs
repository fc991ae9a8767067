using System.Security.Cryptography.X509Certificates;

namespace Fleet.Gateway;

/// <summary>The agent's end of a session, message by message.</summary>
public sealed class TestAgent(AsyncDuplexStreamingCall<Wire.AgentMessage, Wire.EngineMessage> call)
{
    public Wire.Welcome Welcome { get; private set; } = null!;

    /// <summary>Enrols unless there is a certificate, says hello, and waits for the welcome.</summary>
    public static async Task<TestAgent> Connect(TestGateway gateway, string resource, X509Certificate2? certificate = null, ulong acknowledged = 0)
    {
        var call = new Wire.AgentLink.AgentLinkClient(gateway.Grpc(gateway.AgentsPort, certificate ?? await gateway.Enrol(resource))).Connect();
        try
        {
            await call.RequestStream.WriteAsync(new Wire.AgentMessage { Hello = new Wire.Hello { AgentVersion = "1.2", BootId = "boot", Acknowledged = acknowledged } });
        }
        catch (RpcException)
        {
            // Refused before it was written: the answer says why.
        }

        var agent = new TestAgent(call);
        agent.Welcome = (await agent.Next()).Welcome;
        Assert.NotNull(agent.Welcome);
        return agent;
    }

    public Task Say(Wire.AgentMessage message) => call.RequestStream.WriteAsync(message).WaitAsync(TestGateway.Patience);

    public async Task<Wire.EngineMessage> Next()
    {
        Assert.True(await call.ResponseStream.MoveNext().WaitAsync(TestGateway.Patience), "the engine ended the stream");
        return call.ResponseStream.Current;
    }

    public Task Leave() => call.RequestStream.CompleteAsync();
}
