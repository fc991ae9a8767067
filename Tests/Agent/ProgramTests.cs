using System.Diagnostics;
using Fleet.Agent.Link;
using Body = Fleet.Protocol.V1.AgentMessage.BodyOneofCase;

namespace Fleet.Agent;

/// <summary>The agent as a program, against a real server.</summary>
public sealed class ProgramTests
{
    [Fact]
    public async Task It_enrols_runs_reports_and_stops_when_told_to()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess || Environment.GetEnvironmentVariable("CI") == "true", "needs root");
        var authority = new TestAuthority();
        await using var door = await TestEngine.Start(authority, mutual: false);
        await using var engine = await TestEngine.Start(authority);
        engine.Script.On = async (message, down) =>
        {
            if (message.Sequence > 0) await down.WriteAsync(new() { Acknowledged = message.Sequence });
            return true;
        };
        using var directory = new Temporary();
        var data = Path.Combine(directory.Path, "agent");

        var (code, _, told) = await Run("enrol", "--engine", door.Address, "--link", engine.Address, "--token", authority.Token("device-1"), "--data", data);
        Assert.True(code == 0, told);
        Configure(data);

        using var agent = Start("run", "--data", data);
        var story = agent.StandardError.ReadToEndAsync();
        try
        {
            var hello = await engine.Script.Next(message => message.BodyCase == Body.Hello);
            Assert.NotEmpty(hello.Hello.OperatingSystem.Kernel);
            // Facts go first.
            if (File.Exists("/var/lib/dpkg/status"))
                Assert.NotEmpty((await engine.Script.Next(message => message.BodyCase == Body.Inventory)).Inventory.Packages);
            var resource = (await engine.Script.Next(message => message.BodyCase == Body.Resource)).Resource;
            Assert.InRange(resource.Agent.MemoryBytes, 1UL << 20, 400UL << 20);
            (code, _, told) = await Run("run", "--data", data);
            Assert.Equal(1, code);
            Assert.Contains("another agent works", told);
            (code, var status, _) = await Run("status", "--data", data);
            Assert.Equal(0, code);
            Assert.Contains("resource device-1", status);
        }
        finally
        {
            await Terminate(agent);
        }

        Assert.True(agent.ExitCode == 0, await story);
        Assert.Contains("instances run on", await story);
        Assert.Equal(1, engine.Script.Completed);
        (code, _, told) = await Run("purge", "--data", data);
        Assert.True(code == 0, told);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(2, "frobnicate")]
    [InlineData(2, "run")]
    [InlineData(2, "run", "--data")]
    [InlineData(2, "status", "--data", "/tmp", "--colour", "red")]
    [InlineData(1, "enrol", "--data", "/nonexistent/x", "--engine", "nowhere")]
    [InlineData(1, "status", "--data", "/nonexistent/x")]
    public async Task Misuse_is_told_and_has_a_code(int expected, params string[] arguments)
    {
        var (code, output, told) = await Run(arguments);
        Assert.Equal(expected, code);
        Assert.NotEmpty(output + told);
    }

    /// <summary>The figures behind the promise of less than 1 % of a core and 64 MiB: run it alone, with nothing else going on.</summary>
    [Fact(Explicit = true)]
    public async Task Measure_a_minute_of_the_agent_itself()
    {
        var authority = new TestAuthority();
        await using var door = await TestEngine.Start(authority, mutual: false);
        await using var engine = await TestEngine.Start(authority);
        using var directory = new Temporary();
        var data = Path.Combine(directory.Path, "agent");
        await Run("enrol", "--engine", door.Address, "--link", engine.Address, "--token", authority.Token("device-1"), "--data", data);
        Configure(data);
        using var agent = Start("run", "--data", data);
        var story = agent.StandardError.ReadToEndAsync();
        var first = default(Protocol.V1.ResourceReport);
        for (var look = 0; look <= 7; look++)
        {
            var report = (await engine.Script.Next(message => message.BodyCase == Body.Resource)).Resource;
            if (look == 1) first = report;
            TestContext.Current.TestOutputHelper!.WriteLine(
                $"cpu {report.Agent.CpuSeconds:0.00} s, share of all CPUs {(report.Agent.HasCpuShare ? report.Agent.CpuShare : double.NaN):P3}, {report.Agent.MemoryBytes >> 20} MiB");
            if (look == 7) TestContext.Current.TestOutputHelper!.WriteLine($"since the first interval: {(report.Agent.CpuSeconds - first!.Agent.CpuSeconds) / 60:P3} of one core");
        }

        await Terminate(agent);
        await story;
        await Run("purge", "--data", data);
    }

    // Its own names on the device, so that an agent that lives there is left alone.
    private static void Configure(string data) =>
        (AgentConfiguration.Load(data) with { Scope = "fltest", AddressPool = "10.219.0.0/24" }).Save(data);

    private static async Task Terminate(Process agent)
    {
        using var kill = Process.Start("kill", ["-TERM", $"{agent.Id}"]);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await agent.WaitForExitAsync(limit.Token);
    }

    // From its own output folder: beside the tests it would lack the libraries that those have from ASP.NET Core.
    // FLEET_AGENT names another one, such as the published one, to measure it.
    private static readonly string Program = Environment.GetEnvironmentVariable("FLEET_AGENT") ?? Path.GetFullPath(
        Path.Combine(AppContext.BaseDirectory, "..", "..", "Agent", Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)), "fleet-agent"));

    private static Process Start(params string[] arguments) => Process.Start(
        new ProcessStartInfo(Program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;

    private static async Task<(int Code, string Output, string Told)> Run(params string[] arguments)
    {
        using var agent = Start(arguments);
        var (output, told) = (agent.StandardOutput.ReadToEndAsync(), agent.StandardError.ReadToEndAsync());
        await agent.WaitForExitAsync();
        return (agent.ExitCode, await output, await told);
    }
}
