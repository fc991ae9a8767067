using System.Security.Cryptography;

namespace Fleet.Cli;

public sealed class KeyTests
{
    [Theory]
    [InlineData("table")]
    [InlineData("json")]
    public async Task A_new_key_is_private_and_shown_nowhere(string output)
    {
        using var fleet = new CommandLine();

        Assert.Equal(Exit.Good, await fleet.Run($"key new {fleet.File("publisher.pem")} -o {output}"));

        var pem = await File.ReadAllTextAsync(fleet.File("publisher.pem"), TestContext.Current.CancellationToken);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(fleet.File("publisher.pem")));
        Assert.All(pem.Split('\n').Where(l => l.Length > 0 && !l.StartsWith('-')), line => Assert.DoesNotContain(line, fleet.Out + fleet.Error));
        Assert.DoesNotContain("PRIVATE KEY", fleet.Out + fleet.Error);
        using var key = ECDsa.Create();
        key.ImportFromPem(pem);
        Assert.Contains(Images.SignedPatch.KeyId(key), fleet.Out);
        using var verifying = PublisherKeys.Public(fleet.File("publisher.pem.pub"));
        Assert.Equal(Images.SignedPatch.KeyId(key), Images.SignedPatch.KeyId(verifying));
    }

    [Fact]
    public async Task A_key_is_never_written_over()
    {
        using var fleet = new CommandLine();
        await fleet.Run($"key new {fleet.File("k")}");
        var before = File.ReadAllText(fleet.File("k"));

        Assert.Equal(Exit.Usage, await fleet.Run($"key new {fleet.File("k")}"));
        Assert.Contains("exists already", fleet.Error);
        Assert.Equal(before, File.ReadAllText(fleet.File("k")));
        Assert.Equal(["k", "k.pub"], Directory.GetFiles(fleet.Home).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task A_file_that_is_no_key_is_never_quoted()
    {
        using var fleet = new CommandLine();
        File.WriteAllText(fleet.File("patch"), "{}");
        File.WriteAllText(fleet.File("broken"), "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n");

        Assert.Equal(Exit.Usage, await fleet.Run($"patch verify {fleet.File("patch")} --key {fleet.File("broken")}"));
        Assert.Contains("no ECDSA P-256 key", fleet.Error);
        Assert.DoesNotContain("c2VjcmV0", fleet.Error);
    }
}
