using System.Collections.Immutable;
using System.Security.Cryptography;
using Fleet.Agent.Delivery;
using Fleet.Agent.Runtimes.Overlay;
using Fleet.Images;

namespace Fleet.Agent.Runtimes;

/// <summary>A device under test: a data directory, an image store that stands in for the engine's, and a publisher.</summary>
/// <remarks>
/// Names, addresses and ports are the process's own: two test programs that shared them on one machine led each other's
/// clients to slots that were about to end, and now and then one connection was refused.
/// </remarks>
internal sealed class Workshop : IAsyncDisposable
{
    private static int s_count;
    private readonly ECDsa _publisher = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly CancellationTokenSource _stop = new();
    private Task _run = Task.CompletedTask;
    private long _generation;

    public Workshop(string? dataDirectory = null, System.Net.IPNetwork? addressPool = null)
    {
        var number = Interlocked.Increment(ref s_count);
        Home = Directory.CreateTempSubdirectory("fleet-test-").FullName;
        Options = new DeliveryOptions
        {
            DataDirectory = dataDirectory ?? Path.Combine(Home, "data"),
            PublisherKeys = [_publisher],
            Scope = $"ft{Environment.ProcessId % 1000}x{number}",
            AddressPool = addressPool ?? System.Net.IPNetwork.Parse($"10.{100 + (Environment.ProcessId % 100)}.{number}.0/24"),
        };
        Layout = new OciLayout(Path.Combine(Home, "engine"));
    }

    /// <summary>A host port for this process alone, as the next one is; below those that the kernel gives to clients.</summary>
    public static int Port { get; } = 10_000 + (2 * (Environment.ProcessId % 10_000));

    public string Home { get; }
    public DeliveryOptions Options { get; }
    public OciLayout Layout { get; }
    public RecordedFacts Facts { get; } = new();
    public DeliveryHost Host { get; private set; } = null!;
    public List<string> Log { get; } = [];

    public static void RequireRoot() => Assert.SkipUnless(
        Environment.IsPrivilegedProcess || Environment.GetEnvironmentVariable("CI") == "true", "namespaces and mounts need root");

    public void Start()
    {
        var content = new ContentStore(Path.Combine(Options.DataDirectory, "content"));
        Host = DeliveryHost.Open(Options, content, new LayoutSource(Layout.Content, content), Facts, TimeProvider.System, Note);
        _run = Host.Run(_stop.Token);
    }

    /// <summary>A layer of one directory tree.</summary>
    public async Task<BuiltImage> Build(string version, ServiceDefinition service, params LayerSource[] layers) => await ImageBuilder.Build(
        new ImageRecipe { Image = "web", Version = version, Service = service, Layers = [.. layers], Created = DateTimeOffset.UnixEpoch }, Layout);

    public string PublisherKey => _publisher.ExportSubjectPublicKeyInfoPem();

    public byte[] Sign(Patch patch) => SignedPatch.Sign(patch, _publisher);

    public static Patch To(BuiltImage image) => new()
    {
        Id = "to-" + image.Contents.Version,
        Kind = PatchKind.Layer,
        Image = image.Contents.Image,
        Issued = DateTimeOffset.UtcNow.AddMinutes(-1),
        Expires = DateTimeOffset.UtcNow.AddDays(1),
        Target = new VersionTarget(image.Contents.Version, image.Manifest),
    };

    public static Patch Swap(ComponentSwap swap) => new()
    {
        Id = "hotfix-" + swap.ToVersion.Replace(":", "-", StringComparison.Ordinal),
        Kind = PatchKind.Hotfix,
        Image = "web",
        Issued = DateTimeOffset.UtcNow.AddMinutes(-1),
        Expires = DateTimeOffset.UtcNow.AddDays(1),
        Swap = swap,
    };

    public async Task<InstanceManifest?> Manifest() => await Host.Status(default) is [var first, ..] ? first.Manifest : null;

    public async Task<DirectiveAnswer> Apply(string change, Patch patch, BuiltImage image, TimeSpan? keepOld = null, TimeSpan? bake = null, params PublishedPort[] ports)
    {
        var expected = Manifests.Apply(await Manifest(), patch, image.Contents, [.. ports]).Manifest!;
        return await Send(change, new DirectiveAction.Apply(Sign(patch), expected, bake ?? TimeSpan.FromSeconds(1), keepOld ?? TimeSpan.Zero));
    }

    public Task<DirectiveAnswer> Send(string change, DirectiveAction action, string? directive = null) => Host.Accept(
        new Directive(directive ?? $"{change}-{action.GetType().Name}", "web", ++_generation, TimeSpan.FromMinutes(1), change, action), default);

    /// <summary>The agent ends; instances run on.</summary>
    public async Task Stop()
    {
        await _stop.CancelAsync();
        await _run;
    }

    public async ValueTask DisposeAsync()
    {
        await Stop();
        await DeliveryHost.Purge(Options, TimeProvider.System, default);
        Directory.Delete(Home, recursive: true);
        _publisher.Dispose();
        _stop.Dispose();
    }

    private void Note(string line)
    {
        lock (Log) Log.Add($"{DateTimeOffset.UtcNow:HH:mm:ss.fff} {line}");
        TestContext.Current.SendDiagnosticMessage("{0}", line);
    }
}

/// <summary>Facts in the order in which they came, which a test can wait for.</summary>
internal sealed class RecordedFacts : IFacts
{
    private readonly List<Progress> _all = [];
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IReadOnlyList<Progress> All
    {
        get { lock (_all) return [.. _all]; }
    }

    public Task Record(Progress progress, CancellationToken cancel)
    {
        lock (_all)
        {
            if (!_all.Any(p => (p.Change, p.Step) == (progress.Change, progress.Step))) _all.Add(progress);
            _more.TrySetResult();
            _more = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        return Task.CompletedTask;
    }

    /// <summary>Waits until the change has reached this phase; a change that ends otherwise is told.</summary>
    public async Task<Progress> Until(string change, DevicePhase phase, double seconds = 30)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        while (true)
        {
            Task more;
            Progress[] mine;
            lock (_all) (more, mine) = (_more.Task, [.. _all.Where(p => p.Change == change)]);
            if (mine.FirstOrDefault(p => p.Phase == phase) is { } found) return found;
            if (mine.Any(p => p.Phase is DevicePhase.Rejected or DevicePhase.Expired or DevicePhase.NeedsHuman or DevicePhase.RolledBack) || limit.IsCancellationRequested)
                Assert.Fail($"change {change} should have reached {phase}, but: {string.Join("; ", mine.Select(p => $"{p.Phase} {p.Reason} {p.Detail}"))}");
            try { await more.WaitAsync(limit.Token); }
            catch (OperationCanceledException) { }
        }
    }
}
