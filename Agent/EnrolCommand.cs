using Fleet.Agent.Identity;

namespace Fleet.Agent;

/// <summary>Makes the device known to an engine, and writes down where to find it.</summary>
internal static class EnrolCommand
{
    private const int AgentsPort = 8444;

    public static async Task<int> Run(CommandLine line, string data, AgentLog log, TimeProvider time, CancellationToken cancel)
    {
        var engine = line["--engine"] ?? "";
        if (!AgentConfiguration.IsAddress(engine)) return Fail(log, "--engine HOST:PORT must name the engine's door for enrolment");
        var token = EnrolmentToken.Parse(line["--token"] ?? Environment.GetEnvironmentVariable("FLEET_TOKEN"), out var problem);
        if (token is null) return Fail(log, $"--token: {problem}");
        if (line["--resource"] is { } wanted && wanted != token.Resource) return Fail(log, $"the token is for '{token.Resource}', not for '{wanted}'");
        var link = line["--link"] ?? $"{engine[..engine.LastIndexOf(':')]}:{AgentsPort}";
        if (!AgentConfiguration.IsAddress(link)) return Fail(log, "--link HOST:PORT must name the engine's door for agents");

        Directory.CreateDirectory(data, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        // Everything that can be wrong on this side is found before the token is spent.
        var configuration = AgentConfiguration.Load(data) with { Engine = link };
        foreach (var key in line.All("--publisher-key")) configuration = Pin(configuration, PublisherKey.Text(key));
        _ = configuration.Publishers(data);

        var store = new IdentityStore(data);
        var (identity, refusal) = await new Certification(store, time).Enrol(engine, token, cancel);
        if (identity is null) return Fail(log, $"not enrolled: {refusal}");
        configuration.Save(data);
        log.Information($"enrolled as '{identity.Resource}', certificate good until {identity.Certificate.NotAfter.ToUniversalTime():u}; the engine is at {link}");
        if (configuration.PublisherKeys.Count == 0) log.Warning($"no publisher is trusted yet: give --publisher-key, or publisherKeys in {AgentConfiguration.FileName}");
        return 0;
    }

    private static AgentConfiguration Pin(AgentConfiguration configuration, string pem) => configuration.PublisherKeys.Contains(pem)
        ? configuration
        : configuration with { PublisherKeys = [.. configuration.PublisherKeys, pem] };

    private static int Fail(AgentLog log, string why)
    {
        log.Error(why);
        return 1;
    }
}
