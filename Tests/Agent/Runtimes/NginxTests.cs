using Fleet.Agent.Delivery;
using Fleet.Images;

namespace Fleet.Agent.Runtimes;

/// <summary>The main story on real packages: forward and back under load, with no failed request.</summary>
[Collection("device")]
public class NginxTests
{
    private static readonly int Port = Workshop.Port;

    [Fact]
    public async Task Nginx_goes_forward_and_back_under_load_and_no_request_fails()
    {
        Workshop.RequireRoot();
        await using var shop = new Workshop();
        var nginx = await NginxImage.Build(shop);
        shop.Start();
        await Reach(shop, "install", await shop.Apply("install", Workshop.To(nginx.Old), nginx.Old, ports: new PublishedPort(Port, "https")));
        await shop.Send("install", new DirectiveAction.Commit());

        await using var client = new SteadyClient(new Uri($"https://127.0.0.1:{Port}/"));
        await client.More(50);

        await Reach(shop, "hotfix", await shop.Apply("hotfix", Workshop.Swap(nginx.Ssl), nginx.Old, keepOld: TimeSpan.FromMilliseconds(200)));
        var cold = await Back(shop, "hotfix");
        Assert.False(cold.RollbackWarm);
        Assert.True(cold.RollbackTook < TimeSpan.FromSeconds(3), $"cold rollback took {cold.RollbackTook}");

        Assert.True((await shop.Apply("hotfix-2", Workshop.Swap(nginx.Ssl), nginx.Old, keepOld: TimeSpan.FromSeconds(30))).Accepted);
        await shop.Facts.Until("hotfix-2", DevicePhase.Applied);
        await client.More(50);
        var warm = await Back(shop, "hotfix-2");
        Assert.True(warm.RollbackWarm);
        Assert.True(warm.RollbackTook < TimeSpan.FromMilliseconds(500), $"warm rollback took {warm.RollbackTook}");

        await Reach(shop, "hotfix-3", await shop.Apply("hotfix-3", Workshop.Swap(nginx.Ssl), nginx.Old));
        await shop.Send("hotfix-3", new DirectiveAction.Commit());
        await Reach(shop, "update", await shop.Apply("update", Workshop.To(nginx.New), nginx.New));
        Assert.Equal(("2", nginx.Ssl.ToVersion), ((await shop.Manifest())!.Version, (await shop.Manifest())!.Hotfixes.Single().ToVersion));
        Assert.Contains(nginx.Ssl.ToVersion.Split('-')[0], await LibraryOf(shop), StringComparison.Ordinal);
        await Back(shop, "update");
        Assert.Equal(("1", nginx.Ssl.ToVersion), ((await shop.Manifest())!.Version, (await shop.Manifest())!.Hotfixes.Single().ToVersion));
        Assert.Contains(nginx.Ssl.ToVersion.Split('-')[0], await LibraryOf(shop), StringComparison.Ordinal);

        await client.More(50);
        TestContext.Current.SendDiagnosticMessage("{0} requests, {1} failed; cold {2}, warm {3}", client.Total, client.Failures.Count, cold.RollbackTook, warm.RollbackTook);
        if (!client.Failures.IsEmpty) Assert.Fail(string.Join('\n', client.Failures.Concat(shop.Log)));
        Assert.Equal((0, 0), ((await shop.Host.Status(default))[0].StaleMappings, (await shop.Host.Status(default))[0].StaleProcesses));
    }

    [Fact]
    public async Task Nginx_gets_a_new_program_in_place_and_back_under_load_and_no_request_fails()
    {
        Workshop.RequireRoot();
        await using var shop = new Workshop();
        var nginx = await NginxImage.Build(shop, reExec: true);
        shop.Start();
        await Reach(shop, "install", await shop.Apply("install", Workshop.To(nginx.Old), nginx.Old, ports: new PublishedPort(Port, "https")));
        var slot = (await shop.Host.Status(default))[0].Slots.Single();
        var changed = Path.Combine(shop.Home, "nginx");
        File.WriteAllBytes(changed, [.. File.ReadAllBytes(Path.Combine(slot.Root, "usr/sbin/nginx")), 1]);
        File.SetUnixFileMode(changed, (UnixFileMode)0b111_101_101);
        var fix = await TinyImage.Fix(shop, "9", ("usr/sbin/nginx", changed));
        fix = fix with { Swap = fix.Swap! with { Component = "pkg:deb/debian/nginx", FromVersion = "8" } };

        await using var client = new SteadyClient(new Uri($"https://127.0.0.1:{Port}/"));
        await client.More(50);
        await Reach(shop, "fix", await shop.Apply("fix", fix, nginx.Old));
        var after = (await shop.Host.Status(default))[0];
        Assert.Equal((slot.InitPid, 0, 0), (after.Slots.Single().InitPid, after.StaleMappings, after.StaleProcesses));
        Assert.Equal(File.ReadAllBytes(changed), File.ReadAllBytes(Path.Combine(slot.Root, "usr/sbin/nginx")));
        var back = await Back(shop, "fix");
        Assert.Equal(slot.InitPid, (await shop.Host.Status(default))[0].Slots.Single().InitPid);
        await client.More(50);
        TestContext.Current.SendDiagnosticMessage("{0} requests, {1} failed; back {2}", client.Total, client.Failures.Count, back.RollbackTook);
        if (!client.Failures.IsEmpty) Assert.Fail(string.Join('\n', client.Failures.Concat(shop.Log)));
    }

    private static async Task Reach(Workshop shop, string change, DirectiveAnswer answer)
    {
        Assert.True(answer.Accepted, $"{answer.Reason}: {answer.Detail}");
        await shop.Facts.Until(change, DevicePhase.Verified);
    }

    private static async Task<Progress> Back(Workshop shop, string change)
    {
        Assert.True((await shop.Send("back-" + change, new DirectiveAction.RollBack(change, "test"))).Accepted);
        return await shop.Facts.Until("back-" + change, DevicePhase.RolledBack);
    }

    // The version string in the library that the running service really maps.
    private static async Task<string> LibraryOf(Workshop shop)
    {
        var slot = (await shop.Host.Status(default))[0].Slots.Single(s => s.Active);
        var bytes = await File.ReadAllBytesAsync(Path.Combine(slot.Root, "usr/lib/x86_64-linux-gnu/libcrypto.so.3"));
        var at = bytes.AsSpan().IndexOf("OpenSSL 3."u8);
        return System.Text.Encoding.ASCII.GetString(bytes.AsSpan(at, 16));
    }
}
