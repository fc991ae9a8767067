using System.Runtime.InteropServices;
using Fleet.Agent;
using Fleet.Agent.Runtimes.Overlay;

const string Usage =
    """
    fleet-agent: runs service images on this device, and keeps them healthy and up to date.

      fleet-agent enrol --engine HOST:PORT --token TOKEN --data DIR
                        [--link HOST:PORT] [--publisher-key FILE]... [--resource NAME]
          Makes this device known to an engine, at its door for enrolment (8445). The link, where the agent then
          finds it, is port 8444 of the same host unless given. Patches are believed of the publishers whose public
          keys (PEM) are given here, or in agent.json. The token may also stand in the variable FLEET_TOKEN.

      fleet-agent run --data DIR
          Works until SIGTERM; instances run on. Needs root.

      fleet-agent status --data DIR
          Tells the instances on this device, also while the agent or the engine is away.

      fleet-agent purge --data DIR
          Stops every instance and removes all that was made on this device for them. Needs root.

      fleet-agent version

    DIR/agent.json: engine, publisherKeys, addressPool, scope, reportIntervalSeconds, init, busybox, spoolLimitMiB.
    """;

using var stop = new CancellationTokenSource();
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
var (time, log) = (TimeProvider.System, new AgentLog(Console.Error, TimeProvider.System));

if (args is [] or ["--help" or "-h" or "help", ..])
{
    Console.Out.WriteLine(Usage);
    return args is [] ? 2 : 0;
}

if (args[0] is "version" or "--version")
{
    Console.Out.WriteLine(AgentVersion.Text);
    return 0;
}

string[]? known = args[0] switch
{
    "enrol" => ["--engine", "--token", "--data", "--link", "--publisher-key", "--resource"],
    "run" or "status" or "purge" => ["--data"],
    _ => null,
};
if (known is null) return Misused($"unknown command '{args[0]}'");
if (CommandLine.Parse(args, out var problem) is not { } line) return Misused(problem);
if (line.Unknown(known) is { } unknown) return Misused($"{args[0]} knows no {unknown}");
if (line["--data"] is not { Length: > 0 } directory) return Misused("--data DIR is needed");

var data = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
try
{
    return args[0] switch
    {
        "enrol" => await EnrolCommand.Run(line, data, log, time, stop.Token),
        "run" => await RunCommand.Run(data, log, time, stop.Token),
        "status" => StatusCommand.Run(data, Console.Out, log),
        _ => await PurgeCommand.Run(data, log, time, stop.Token),
    };
}
catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException or RuntimeUnavailableException or ToolException)
{
    log.Error(e.Message);
    return 1;
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    return 130;
}

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.Cancel();
}

int Misused(string why)
{
    Console.Error.WriteLine($"{why}\nfleet-agent --help tells more.");
    return 2;
}
