using System.Text.Json.Nodes;

namespace Fleet.Scenarios;

/// <summary>Makes, signs and publishes what a scenario rolls out, from today's packages of the archive.</summary>
internal sealed class Publishing(World world, JsonNode facts)
{
    private string Layout => Path.Combine(world.Images, "layout");

    public string Image => facts["image"]!.GetValue<string>();

    /// <summary>What a good answer of the service contains.</summary>
    public string Page => facts["page"]!.GetValue<string>();

    public string Version(string which) => facts[which]!["version"]!.GetValue<string>();

    public JsonArray Hotfixes => facts["hotfixes"]!.AsArray();

    /// <summary>SHA-256 of the libraries that the first hotfix replaces.</summary>
    public IReadOnlySet<string> OldLibraries => facts["oldLibraries"]!.AsArray().Select(l => l!["sha256"]!.GetValue<string>()).ToHashSet();

    /// <summary>Finds real versions in the archive and lays out what their images are built of.</summary>
    public static async Task<Publishing> Prepare(World world)
    {
        var cache = Environment.GetEnvironmentVariable("FLEET_CACHE") ?? "/var/cache/fleet";
        var script = Path.Combine(world.Stage.Root, "deploy", "image", "nginx.sh");
        var made = await Shell.Run(script, [world.Images, cache], new Dictionary<string, string>(), TimeSpan.FromMinutes(5));
        if (made.Code != 0) throw new InvalidOperationException($"{script} failed: {made.Errors}");
        return new(world, JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(world.Images, "versions.json")))!);
    }

    /// <summary>Builds and pushes an image version, and publishes the signed patch that leads to it, named after it.</summary>
    public async Task PublishVersion(string which)
    {
        var name = $"{Image}:{Version(which)}";
        await world.Must("image", "build", facts[which]!["recipe"]!.GetValue<string>(), Layout);
        await world.Must("image", "push", Layout, name);
        var envelope = Path.Combine(world.Images, $"{which}.patch");
        await world.Must("patch", "layer", Layout, name, "--id", which, "--key", world.PublisherKey, "--to", envelope);
        await world.Must("patch", "publish", envelope);
    }

    /// <summary>Makes and publishes the signed hotfix with this number.</summary>
    public async Task PublishHotfix(int number)
    {
        var hotfix = Hotfixes[number]!;
        string[] fixes = [.. hotfix["fixes"]!.AsArray().SelectMany(f => new[] { "--fixes", f!.GetValue<string>() })];
        var envelope = Path.Combine(world.Images, $"hotfix-{number}.patch");
        await world.Must(
        [
            "patch", "hotfix", hotfix["package"]!.GetValue<string>(), "--image", Image, "--from", hotfix["fromVersion"]!.GetValue<string>(),
            "--layout", Layout, "--id", HotfixId(number), "--key", world.PublisherKey, "--to", envelope, .. fixes,
        ]);
        await world.Must("patch", "publish", envelope, "--layout", Layout);
    }

    public static string HotfixId(int number) => $"hotfix-{number}";
}
