using FsCheck.Xunit;

namespace Fleet.Cli;

public sealed class UsageTests
{
    [Theory]
    [InlineData("instance show web-1", "'web-1' is not RESOURCE/INSTANCE")]
    [InlineData("instance show Web-1/nginx", "'Web-1' can't name a resource: 1 to 63 lower-case")]
    [InlineData("instance show web-1/ng/inx", "'ng/inx' can't name an instance")]
    [InlineData("instance apply web-1/nginx --image web", "Option '--patch' is required.")]
    [InlineData("instance apply web-1/nginx --image web --patch p --bake 10", "--bake: '10' is no duration: expected a number and a unit (ms, s, m, h, d)")]
    [InlineData("instance apply web-1/nginx --image web --patch p --publish 0:https", "--publish: '0:https' is no HOST:SERVICE")]
    [InlineData("instance apply web-1/nginx --image web --patch p --publish 99999:https", "--publish: '99999:https' is no HOST:SERVICE")]
    [InlineData("instance show web-1/nginx -o yaml", "'yaml' not recognized")]
    [InlineData("image push layout web", "'web' is not IMAGE:VERSION")]
    [InlineData("patch show web/UPPER", "'UPPER' can't name a patch")]
    [InlineData("audit a/b/c", "'a/b/c' is no subject")]
    [InlineData("rollout start --image web", "Option '--patch' is required.")]
    [InlineData("rollout start --image web --patch UPPER", "'UPPER' can't name a patch")]
    [InlineData("rollout start --image web --patch p --select app", "'app' is no label: expected KEY=VALUE")]
    [InlineData("rollout start --image web --patch p --select app=a --select app=b", "label 'app' is given twice")]
    [InlineData("rollout start --image web --patch p --waves 10,x,100", "--waves: '10,x,100' are no waves: expected percentages from 1 to 100")]
    [InlineData("rollout start --image web --patch p --waves 0,100", "--waves: '0,100' are no waves")]
    [InlineData("rollout start --image web --patch p --instance web-1", "--instance: 'web-1' is not RESOURCE/INSTANCE")]
    [InlineData("rollout start --image web --patch p --except web-1/nginx/x", "--except: 'web-1/nginx/x' is not RESOURCE/INSTANCE")]
    [InlineData("rollout start --image web --patch p --lane fast", "'fast' not recognized")]
    [InlineData("rollout start --image web --patch p --priority high", "'high'")]
    [InlineData("rollout start --image web --patch p --failures-allowed -1", "'-1'")]
    [InlineData("rollout start --image web --patch p --id no/slash", "'no/slash' can't name a rollout: expected 1 to 48 letters")]
    [InlineData("rollout start --image web --patch p --bake 10", "--bake: '10' is no duration")]
    [InlineData("rollout show", "Required argument missing for command: 'show'.")]
    [InlineData("rollout targets r1 --state odd", "'odd' not recognized")]
    [InlineData("freeze create --id -x", "'-x'")]
    [InlineData("budget set shop 0", "'0' is no budget: expected a whole number, at least 1")]
    [InlineData("budget set shop many", "'many'")]
    [InlineData("instance label web-1/nginx app", "'app' is no label: expected KEY=VALUE, or KEY- to take it away")]
    [InlineData("audit rollout:", "'rollout:' is no subject")]
    [InlineData("backup", "Required argument missing for command: 'backup'.")]
    [InlineData("restore file", "Option '--data' is required.")]
    [InlineData("instance destroy web-1/nginx", "'destroy'")]
    public async Task What_is_wrong_is_said_on_standard_error_and_the_exit_code_is_2(string line, string said)
    {
        using var fleet = new CommandLine();

        Assert.Equal(Exit.Usage, await fleet.Run(line));
        Assert.Contains(said, fleet.Error);
        Assert.Matches(@"see: fleet [a-z ]+ --help", fleet.Error);
        Assert.Empty(fleet.Out);
    }

    [Theory]
    [InlineData("", "login", "instance", "audit")]
    [InlineData("instance", "apply", "rollback", "show", "watch")]
    [InlineData("patch", "layer", "hotfix", "publish", "verify", "quarantine", "lift")]
    [InlineData("rollout", "plan", "start", "list", "show", "targets", "watch", "pause", "resume", "stop", "kill", "rollback", "retry")]
    [InlineData("freeze", "create", "lift", "list")]
    [InlineData("budget", "set", "show")]
    [InlineData("resource", "list", "show", "hold", "release")]
    [InlineData("image", "list", "versions", "patches")]
    public async Task A_group_alone_lists_its_commands(string line, params string[] commands)
    {
        using var fleet = new CommandLine();

        Assert.Equal(Exit.Usage, await fleet.Run(line));
        Assert.All(commands, command => Assert.Contains($"\n  {command} ", fleet.Error));
        Assert.Empty(fleet.Out);
    }

    [Fact]
    public async Task The_help_documents_exit_codes_and_where_the_connection_comes_from()
    {
        using var fleet = new CommandLine();

        Assert.Equal(Exit.Good, await fleet.Run("--help"));
        Assert.Contains("what was followed ended badly", fleet.Out);
        Assert.Contains("6    unauthorised", fleet.Out);
        Assert.Contains("FLEET_ENGINE, FLEET_KEY and FLEET_CA", fleet.Out);
    }

    [Fact]
    public async Task Help_asks_no_engine()
    {
        await using var engine = await Fleet.Fakes.FakeEngine.Start();
        using var fleet = new CommandLine().At(engine);

        Assert.Equal(Exit.Good, await fleet.Run("rollout show --help"));
        Assert.Contains("<ROLLOUT>", fleet.Out);
        Assert.Equal(Exit.Good, await fleet.Run("rollout start --help"));
        Assert.Empty(engine.Calls);
    }

    [Fact]
    public async Task Every_command_explains_itself_and_all_that_it_takes()
    {
        using var fleet = new CommandLine();
        var root = FleetCommand.Root(new Surroundings { In = TextReader.Null, Out = TextWriter.Null, Error = TextWriter.Null, Environment = _ => null, Home = fleet.Home });

        Assert.All(All(root), command =>
        {
            Assert.False(string.IsNullOrWhiteSpace(command.Description), command.Name);
            Assert.All(command.Arguments, a => Assert.False(string.IsNullOrWhiteSpace(a.Description), $"{command.Name} {a.Name}"));
            Assert.All(command.Options, o => Assert.False(string.IsNullOrWhiteSpace(o.Description), $"{command.Name} {o.Name}"));
        });

        static IEnumerable<System.CommandLine.Command> All(System.CommandLine.Command command) => [command, .. command.Subcommands.SelectMany(All)];
    }

    [Fact]
    public async Task A_shell_can_ask_for_completions()
    {
        using var fleet = new CommandLine();

        Assert.Equal(Exit.Good, await fleet.Run(["[suggest:17]", "fleet instance ro"]));
        Assert.Equal("rollback\n", fleet.Out);
    }

    [Theory]
    [InlineData("500ms", 500)]
    [InlineData("10s", 10_000)]
    [InlineData("5m", 300_000)]
    [InlineData("1h30m", 5_400_000)]
    [InlineData("7d", 604_800_000)]
    [InlineData("1d2h3m4s5ms", 93_784_005)]
    [InlineData("90m", 5_400_000)]
    [InlineData("0s", 0)]
    public void Durations_are_written_with_units(string text, long milliseconds)
    {
        Assert.True(Durations.TryParse(text, out var duration));
        Assert.Equal(milliseconds, duration.TotalMilliseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("10")]
    [InlineData("s")]
    [InlineData("-5s")]
    [InlineData("1.5s")]
    [InlineData("10 s")]
    [InlineData("30m1h")]
    [InlineData("1s1s")]
    [InlineData("10S")]
    [InlineData("10s\n")]
    [InlineData("99999999999999999999d")]
    [InlineData("9999999999d")]
    public void What_is_no_duration_is_not_guessed_at(string text) => Assert.False(Durations.TryParse(text, out _));

    [Property]
    public bool A_written_duration_reads_back(uint milliseconds) =>
        Durations.TryParse(Durations.Write(TimeSpan.FromMilliseconds(milliseconds)), out var read) && read.TotalMilliseconds == milliseconds;
}
