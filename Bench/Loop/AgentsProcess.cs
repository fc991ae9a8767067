using System.Diagnostics;
using System.Text.Json.Nodes;
using Fleet.Bench.Device;

namespace Fleet.Bench.Loop;

/// <summary>The simulated agents, in a process of their own: a command a line, and a line of JSON for each.</summary>
internal sealed class AgentsProcess : IAsyncDisposable
{
    private readonly Process process;

    public AgentsProcess(EngineProcess engine)
    {
        process = Process.Start(new ProcessStartInfo(Ground.Built("SimulatedAgents", "Fleet.SimulatedAgents"), [$"{engine.EnrolmentPort}", $"{engine.AgentsPort}"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
    }

    /// <summary>Tells all of them to do something, and waits until it is done.</summary>
    public async Task<JsonObject> Tell(string command)
    {
        await process.StandardInput.WriteLineAsync(command);
        await process.StandardInput.FlushAsync();
        var line = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException($"the simulated agents ended at '{command}'");
        var answer = JsonNode.Parse(line)!.AsObject();
        return answer["error"] is null ? answer : throw new InvalidOperationException($"{command}: {answer["error"]}");
    }

    /// <summary>As <see cref="Tell"/>; each agent must have done it.</summary>
    public async Task<JsonObject> Must(string command)
    {
        var answer = await Tell(command);
        return answer["failed"]!.GetValue<int>() == 0 ? answer : throw new InvalidOperationException($"{command}: {answer["failed"]} of the agents failed: {answer["why"]}");
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited) process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
    }
}
