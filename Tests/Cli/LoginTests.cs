using Fleet.Fakes;

namespace Fleet.Cli;

public sealed class LoginTests
{
    [Fact]
    public async Task A_login_is_tried_remembered_for_its_owner_alone_and_used()
    {
        await using var engine = await FakeEngine.Start();
        engine.Fleet.Set(Sample.Instance());
        using var fleet = new CommandLine().At(engine);
        fleet.Environment.Clear();

        Assert.Equal(Exit.Good, await fleet.Run($"login --engine {engine.Address} --key {FakeEngine.Key} --ca {fleet.File("ca.pem")}"));
        Assert.Equal(["/v2/"], engine.Calls);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(fleet.Profile));
        Assert.DoesNotContain(FakeEngine.Key, fleet.Out + fleet.Error);

        File.Delete(fleet.File("ca.pem")); // it was copied
        Assert.Equal(Exit.Good, await fleet.Run("instance show web-1/nginx"));
    }

    [Fact]
    public async Task A_second_login_leaves_the_file_private_whatever_it_was()
    {
        await using var engine = await FakeEngine.Start();
        using var fleet = new CommandLine().At(engine);
        Assert.Equal(Exit.Good, await fleet.Run("login"));
        File.SetUnixFileMode(fleet.Profile, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);

        Assert.Equal(Exit.Good, await fleet.Run("login"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(fleet.Profile));
        Assert.Equal([fleet.Profile], Directory.GetFiles(Path.GetDirectoryName(fleet.Profile)!));
    }

    [Fact]
    public async Task A_login_that_does_not_work_is_not_remembered()
    {
        await using var engine = await FakeEngine.Start();
        using var fleet = new CommandLine().At(engine);

        Assert.Equal(Exit.Unauthorised, await fleet.Run("login --key another"));
        Assert.False(File.Exists(fleet.Profile));
    }

    [Fact]
    public async Task The_key_can_come_by_standard_input()
    {
        await using var engine = await FakeEngine.Start();
        using var fleet = new CommandLine().At(engine);
        fleet.In = FakeEngine.Key + "\n";

        Assert.Equal(Exit.Good, await fleet.Run("login --key -"));
    }

    [Fact]
    public async Task Flags_win_over_the_environment_and_that_over_the_profile()
    {
        await using var engine = await FakeEngine.Start();
        engine.Fleet.Set(Sample.Instance());
        using var fleet = new CommandLine().At(engine);
        Assert.Equal(Exit.Good, await fleet.Run("login"));

        fleet.Environment["FLEET_KEY"] = "another";
        Assert.Equal(Exit.Unauthorised, await fleet.Run("instance show web-1/nginx"));
        Assert.Equal(Exit.Good, await fleet.Run($"instance show web-1/nginx --key {FakeEngine.Key}"));
        fleet.Environment.Remove("FLEET_KEY");
        Assert.Equal(Exit.Good, await fleet.Run("instance show web-1/nginx"));
    }

    [Fact]
    public async Task A_remembered_key_is_never_shown_to_another_engine()
    {
        await using var engine = await FakeEngine.Start();
        await using var another = await FakeEngine.Start();
        using var fleet = new CommandLine().At(engine);
        Assert.Equal(Exit.Good, await fleet.Run("login"));
        fleet.Environment.Remove("FLEET_KEY");

        Assert.Equal(Exit.Unauthorised, await fleet.Run($"instance show web-1/nginx --engine {another.Address}"));
        Assert.Contains("no operator key for", fleet.Error);
        Assert.Empty(another.Calls);
    }

    [Fact]
    public async Task The_authority_can_be_given_by_its_fingerprint()
    {
        await using var engine = await FakeEngine.Start();
        engine.Fleet.Set(Sample.Instance());
        using var fleet = new CommandLine().At(engine);
        fleet.Environment.Remove("FLEET_CA");

        Assert.Equal(Exit.Unreachable, await fleet.Run($"login --ca-fingerprint {new string('0', 64)} --enrolment {engine.Address}"));
        Assert.False(File.Exists(fleet.Profile));
        Assert.Equal(Exit.Good, await fleet.Run($"login --ca-fingerprint {engine.Authority.Fingerprint} --enrolment {engine.Address}"));
        Assert.Equal(Exit.Good, await fleet.Run("instance show web-1/nginx"));
        Assert.Equal(Exit.Usage, await fleet.Run("login --ca-fingerprint 12"));
    }

    [Fact]
    public async Task A_certificate_file_that_is_none_is_said_so()
    {
        await using var engine = await FakeEngine.Start();
        using var fleet = new CommandLine().At(engine);
        File.WriteAllText(fleet.File("ca.pem"), "not a certificate");

        Assert.Equal(Exit.Usage, await fleet.Run("instance show web-1/nginx"));
        Assert.Contains("ca.pem", fleet.Error);
        Assert.Equal(Exit.Usage, await fleet.Run("instance show web-1/nginx --ca /nowhere"));
        Assert.Contains("'/nowhere'", fleet.Error);
    }

    [Fact]
    public async Task A_damaged_profile_is_said_so()
    {
        using var fleet = new CommandLine();
        Directory.CreateDirectory(Path.GetDirectoryName(fleet.Profile)!);
        File.WriteAllText(fleet.Profile, "{");

        Assert.Equal(Exit.Usage, await fleet.Run("instance show web-1/nginx"));
        Assert.Contains("is damaged", fleet.Error);
        Assert.Contains("fleet login", fleet.Error);
    }
}
