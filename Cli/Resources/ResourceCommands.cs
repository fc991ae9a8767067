using System.CommandLine;
using Fleet.Protocol.V1;
using Spectre.Console.Rendering;

namespace Fleet.Cli;

/// <summary><c>fleet resource show</c> and <c>fleet token</c>.</summary>
internal static class ResourceCommands
{
    public static Command Show(Surroundings surroundings) => ShowCommand.Create(
        surroundings, "Shows a device: whether its agent is connected, what it is, and its instances.", Subjects.Resource(),
        (client, resource, cancel) => client.Resources.Get(resource, cancel), r => Tables.Facts(Facts(r)));

    public static Command Token(Surroundings surroundings)
    {
        var resource = Subjects.Resource();
        var validFor = Durations.Option("--valid-for", "How long the token can be used. Default 1h, at most 7d.");
        var command = new Command("token", "Makes a one-time token with which one agent enrols as this device. It is shown once.") { resource, validFor };
        var connection = ConnectionOptions.AddTo(command, surroundings);
        command.SetAction(async (parsed, cancel) =>
        {
            using var client = connection.Connect(parsed);
            var token = await client.Resources.CreateEnrolmentToken(parsed.GetRequiredValue(resource), parsed.GetValue(validFor), cancel);
            new Printer(parsed, surroundings).Write(token, Render);
            return Exit.Good;
        });
        return command;
    }

    private static IRenderable Render(EnrolmentToken token) =>
        Tables.Facts([("resource", token.Resource), ("token", token.Token), ("expires", Words.At(token.Expires))]);

    private static IEnumerable<(string, string)> Facts(Resource resource)
    {
        yield return ("resource", resource.Name);
        yield return ("connected", Words.Of(resource.Connected));
        yield return ("last seen", Words.At(resource.LastSeen));
        yield return ("agent", Words.Of(resource.AgentVersion));
        if (resource.OperatingSystem is { } system) yield return ("system", $"{system.PrettyName}, {system.Kernel}, {system.Architecture}");
        if (resource.ClockSkew is { } skew) yield return ("clock", $"{skew.ToTimeSpan().TotalSeconds:+0.0;-0.0;0.0} s against the engine");
        if (resource.Report?.Usage is { HasCpuShare: true } cpu) yield return ("cpu", $"{cpu.CpuShare:P1}");
        if (resource.Report?.Usage is { HasMemoryBytes: true } memory)
            yield return ("memory", Words.Bytes(memory.MemoryBytes) + (memory.HasMemoryLimitBytes ? $" of {Words.Bytes(memory.MemoryLimitBytes)}" : ""));
        if (resource.Report is { HasDiskFreeBytes: true, HasDiskTotalBytes: true } disk)
            yield return ("disk", $"{Words.Bytes(disk.DiskFreeBytes)} free of {Words.Bytes(disk.DiskTotalBytes)}");
        yield return ("packages", $"{resource.Packages.Count}");
        yield return ("directives", $"{resource.PendingDirectives} pending");
        yield return ("certificate", $"expires {Words.At(resource.CertificateExpires)}");
        yield return ("instances", resource.Instances.Count > 0 ? string.Join(' ', resource.Instances) : Words.None);
    }
}
