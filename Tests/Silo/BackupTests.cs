using System.Diagnostics;
using System.Net;
using Fleet.Bench.Loop;
using Fleet.Client;

namespace Fleet.Silo;

/// <summary>The way that an operator goes, with the real programs: back up a busy engine, restore on another machine, start.</summary>
public sealed class BackupTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("fleet-backup-").FullName;

    private string Old => Path.Combine(root, "old");

    private string New => Path.Combine(root, "new");

    private string Backup => Path.Combine(root, "engine.tar");

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public async Task A_busy_engine_comes_back_on_another_machine_and_its_devices_trust_it()
    {
        var publishers = Directory.CreateDirectory(Path.Combine(Old, "publishers")).FullName;
        using var image = new TinyImage(root, publishers);
        string key;
        Device device;
        await using (var engine = await EngineProcess.Ready(Old))
        {
            key = engine.Key!;
            using var fleet = Client(engine, Old, key);
            device = await Device.Enrol(engine, Old, (await fleet.Resources.CreateEnrolmentToken("edge-1")).Token);
            await image.Publish(fleet, "1");

            using var enough = new CancellationTokenSource();
            var load = Load(fleet, image, enough.Token);
            var code = await Fleet("backup", Backup, "--engine", $"https://localhost:{engine.ApiPort}", "--key", key, "--ca", Path.Combine(Old, "authority.crt"));
            if (code != 0) { await engine.Terminate(); Assert.Fail($"exit code {code}: {await engine.Log}"); }
            await enough.CancelAsync();
            Assert.True(await load > 0);
            Assert.Equal(2, await Fleet("restore", Backup, "--data", Old));
        }

        Assert.Equal(0, await Fleet("restore", Backup, "--data", New));
        await using var restored = await EngineProcess.Ready(New);
        Assert.Null(restored.Key);
        Assert.Equal(await File.ReadAllTextAsync(Path.Combine(Old, "authority.crt")), await File.ReadAllTextAsync(Path.Combine(New, "authority.crt")));
        using var again = Client(restored, New, key);
        Assert.True((await again.Audit.Verify()).Valid);
        Assert.Single(await again.Audit.List("engine:backup").ToListAsync());
        Assert.Contains("1", await again.Images.ListPatches(TinyImage.Name).Select(p => p.Id).ToListAsync());

        // Whatever the state speaks of is there; the device reads it with the certificate that it had before.
        using var pulling = device.Http(restored, New);
        var versions = await again.Images.ListVersions(TinyImage.Name).ToListAsync();
        Assert.NotEmpty(versions);
        foreach (var version in versions)
        {
            var manifest = global::Fleet.Images.ImageManifest.Read(await pulling.GetByteArrayAsync($"/v2/{TinyImage.Name}/manifests/{version.Digest}"));
            foreach (var blob in manifest.Layers.Append(manifest.Config))
                Assert.Equal(HttpStatusCode.OK, (await pulling.SendAsync(new(HttpMethod.Head, $"/v2/{TinyImage.Name}/blobs/{blob.Digest}"))).StatusCode);
        }

        // And it goes on.
        await image.Publish(again, "later");
    }

    /// <summary>Publishes one version after the other and freezes in between, until it is enough; tells how many.</summary>
    private static async Task<int> Load(FleetClient fleet, TinyImage image, CancellationToken enough)
    {
        var count = 0;
        for (; !enough.IsCancellationRequested || count == 0; count++)
        {
            await image.Publish(fleet, $"load-{count}");
            await fleet.Scheduling.CreateFreeze("load", new Dictionary<string, string> { ["app"] = $"a{count}" }, cancel: CancellationToken.None);
        }

        return count;
    }

    private static FleetClient Client(EngineProcess engine, string data, string key) =>
        new(new FleetClientOptions { Engine = new Uri($"https://localhost:{engine.ApiPort}"), Key = key, AuthorityFile = Path.Combine(data, "authority.crt") });

    /// <summary>Runs the command line as a process of its own; the result is its exit code.</summary>
    private static async Task<int> Fleet(params string[] arguments)
    {
        // Beside the engine, whose framework has some of the libraries that the command line would bring.
        string At(string file) => Path.Combine(AppContext.BaseDirectory, file);
        using var process = Process.Start(new ProcessStartInfo("dotnet", ["exec", "--runtimeconfig", At("fleet-engine.runtimeconfig.json"), At("fleet.dll"), .. arguments]))!;
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        return process.ExitCode;
    }
}
