using System.Diagnostics;
using Fleet.Fakes;
using Fleet.Protocol.V1;

namespace Fleet.Cli;

public sealed class CompletionTests
{
    [Theory]
    [InlineData("fleet rollout show r", "r1", "r2")]
    [InlineData("fleet rollout pause ", "r1", "r2")]
    [InlineData("fleet instance show web-1/", "web-1/nginx")]
    [InlineData("fleet instance apply web-", "web-1/nginx", "web-2/nginx")]
    [InlineData("fleet rollout start --image web --patch l", "libssl3-fix")]
    [InlineData("fleet rollout start --image w", "web")]
    [InlineData("fleet rollout start --image web --patch libssl3-fix --instance web-2", "web-2/nginx")]
    [InlineData("fleet patch show w", "web/")]
    [InlineData("fleet patch quarantine web/l", "web/libssl3-fix")]
    [InlineData("fleet resource hold web-", "web-1", "web-2")]
    [InlineData("fleet image versions ", "web")]
    [InlineData("fleet freeze lift n", "night")]
    public async Task Names_that_the_engine_knows_are_offered(string line, params string[] names)
    {
        await using var engine = await Engine();
        using var fleet = new CommandLine().At(engine);

        Assert.Equal(Exit.Good, await fleet.Run([$"[suggest:{line.Length}]", line]));
        Assert.Equal(names, Offered(fleet));
    }

    [Theory]
    [InlineData("fleet rollout start --lane e", "emergency")]
    [InlineData("fleet rollout targets r1 --state rolled", "rolled-back")]
    [InlineData("fleet rollout ro", "rollback")]
    [InlineData("fleet rollout start --keep-on", "--keep-on-failure")]
    [InlineData("fleet completion ", "bash", "fish", "zsh")]
    public async Task Commands_options_and_their_words_are_offered_without_an_engine(string line, params string[] words)
    {
        using var fleet = new CommandLine();

        Assert.Equal(Exit.Good, await fleet.Run([$"[suggest:{line.Length}]", line]));
        Assert.Equal(words, Offered(fleet));
    }

    [Fact]
    public async Task An_engine_that_cannot_be_asked_offers_nothing_and_says_nothing()
    {
        await using var engine = await Engine();
        using var fleet = new CommandLine().At(engine);
        await engine.Stop();

        Assert.Equal(Exit.Good, await fleet.Run(["[suggest:21]", "fleet rollout show r1"]));
        Assert.Empty(fleet.Error);
        Assert.Empty(Offered(fleet));
        await engine.Restart();
    }

    [Fact]
    public async Task An_engine_that_does_not_answer_soon_offers_nothing()
    {
        await using var engine = await Engine();
        using var fleet = new CommandLine().At(engine);
        var arrived = new TaskCompletionSource();
        engine.Instead.Enqueue(async context =>
        {
            arrived.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted);
        });

        // A shell's process waits for its answer; here that is another thread.
        var asking = Task.Run(() => fleet.Run(["[suggest:20]", "fleet rollout show r"]));
        await Task.WhenAny(arrived.Task, asking);
        fleet.Time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(Exit.Good, await asking);
        Assert.Empty(Offered(fleet));
    }

    [Fact]
    public async Task A_key_is_never_read_from_a_shell_that_waits()
    {
        await using var engine = await Engine();
        using var fleet = new CommandLine { In = FakeEngine.Key }.At(engine);

        Assert.Equal(Exit.Good, await fleet.Run(["[suggest:28]", "fleet rollout show --key - r"]));
        Assert.Empty(engine.Calls);
    }

    [Theory]
    [InlineData("bash", "complete -o default -F _fleet_complete fleet")]
    [InlineData("zsh", "compdef _fleet fleet")]
    [InlineData("fish", "complete -c fleet")]
    public async Task Each_shell_has_its_script(string shell, string part)
    {
        using var fleet = new CommandLine();

        Assert.Equal(Exit.Good, await fleet.Run($"completion {shell}"));
        Assert.Contains(part, fleet.Out);
    }

    [Theory]
    [InlineData("fleet rollout show r", new[] { "r1", "r2" })]
    [InlineData("fleet image push layout web:1", new[] { "1.0" })]
    [InlineData("fleet x", new[] { "$(touch owned)", "a b" })]
    public async Task The_script_for_bash_hands_names_over_as_they_are(string line, string[] names)
    {
        Assert.SkipUnless(File.Exists("/bin/bash"), "there is no bash");
        using var fleet = new CommandLine();
        await fleet.Run("completion bash");
        // Stands in for this program: it offers what it is told to.
        var offers = string.Join(' ', names.Select(n => $"'{(n == "1.0" ? "web:1.0" : n)}'"));
        await File.WriteAllTextAsync(fleet.File("fleet"), $"#!/bin/bash\nprintf '%s\n' \"$@\" > {fleet.File("asked")}\nprintf '%s\n' {offers}\n", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(fleet.File("fleet"), UnixFileMode.UserRead | UnixFileMode.UserExecute);

        var script = $"{fleet.Out}\nCOMP_LINE='{line}' COMP_POINT={line.Length}\n_fleet_complete {fleet.File("fleet")}\nprintf '%s\n' \"${{COMPREPLY[@]}}\"";
        using var bash = System.Diagnostics.Process.Start(new ProcessStartInfo("/bin/bash", ["-c", script]) { RedirectStandardOutput = true, WorkingDirectory = fleet.Home })!;
        var offered = await bash.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);

        Assert.Equal(names, offered.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal([$"[suggest:{line.Length}]", line], await File.ReadAllLinesAsync(fleet.File("asked"), TestContext.Current.CancellationToken));
        Assert.False(File.Exists(fleet.File("owned")));
    }

    private static string[] Offered(CommandLine fleet) => fleet.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static async Task<FakeEngine> Engine()
    {
        var engine = await FakeEngine.Start();
        foreach (var id in new[] { "r1", "r2" }) engine.Fleet.Rollouts[id] = new Rollout { Id = id };
        foreach (var name in new[] { "web-1", "web-2" })
        {
            engine.Fleet.Resources[name] = new Resource { Name = name };
            engine.Fleet.Set(new Instance { Resource = name, Name = "nginx" });
        }
        engine.Fleet.Images["web"] = Sample.Image();
        engine.Fleet.Freezes["night"] = new Freeze { Id = "night" };
        return engine;
    }
}
