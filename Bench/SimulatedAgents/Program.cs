using System.Text.Json.Nodes;
using Fleet.SimulatedAgents;

// SimulatedAgents ENROLMENT-PORT AGENTS-PORT: many agents in one process. Reads a command a line, answers each with a line of JSON.
await using var crowd = new Crowd($"127.0.0.1:{args[0]}", $"127.0.0.1:{args[1]}");
while (await Console.In.ReadLineAsync() is { } line)
{
    JsonObject answer;
    try
    {
        answer = line.Split(' ') switch
        {
            ["prepare", var file] => await crowd.Prepare(file),
            ["enrol", var atOnce] => await crowd.Enrol(int.Parse(atOnce)),
            ["connect", var count, var atOnce] => await crowd.Connect(int.Parse(count), int.Parse(atOnce)),
            ["leave"] => await crowd.Leave(),
            ["report"] => crowd.Report(on: true),
            ["pause"] => crowd.Report(on: false),
            ["flood", var seconds] => await crowd.Flood(TimeSpan.FromSeconds(int.Parse(seconds))),
            ["settle"] => await crowd.Settle(),
            ["tally"] => crowd.Tally.Json(),
            ["last"] => crowd.Last(),
            _ => new JsonObject { ["error"] = $"'{line}' is no command" },
        };
    }
    catch (Exception e)
    {
        answer = new JsonObject { ["error"] = e.ToString() };
    }

    Console.WriteLine(answer.ToJsonString());
}
