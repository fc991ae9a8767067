using Fleet.Agent.Delivery;
using Fleet.Agent.Identity;
using Fleet.Protocol.V1;
using Directive = Fleet.Agent.Delivery.Directive;
using DirectiveAnswer = Fleet.Agent.Delivery.DirectiveAnswer;

namespace Fleet.Agent.Link;

/// <summary>The device's side: a link with all that it needs, and a delivery that remembers what it was asked.</summary>
internal sealed class TestDevice : IDelivery, IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Signal _changed = new();
    private Task _running = Task.CompletedTask;

    /// <param name="engine">Whom to talk to.</param>
    /// <param name="directory">Data directory, which may hold an earlier device's spool.</param>
    public TestDevice(string engine, TestAuthority authority, string directory, DeviceIdentity? identity = null, TimeProvider? time = null)
    {
        time ??= TimeProvider.System;
        identity ??= new("device-1", authority.Issue("device-1", TestAuthority.Client), authority.Certificate);
        Door = new(engine, identity, time);
        Spool = new(Path.Combine(directory, "spool"), 1 << 20, _changed, Log.Log);
        Facts = new SpooledFacts(Spool, new Signal());
        Reports = new(_changed);
        Inbox = new(this, Spool, time, Log.Log);
        Link = new(
            new LinkOptions { FirstWait = TimeSpan.FromMilliseconds(1), LongestWait = TimeSpan.FromMilliseconds(1) }, Door,
            new Certification(new IdentityStore(directory), time), new Hello { BootId = "boot" }, Spool, Reports, Inbox, _changed,
            interval => Interval = interval, time, new Random(1), Log.Log);
    }

    public CapturedLog Log { get; } = new();
    public EngineDoor Door { get; }
    public Spool Spool { get; }
    public SpooledFacts Facts { get; }
    public Reports Reports { get; }
    public DirectiveInbox Inbox { get; }
    public EngineLink Link { get; }
    public TimeSpan Interval { get; private set; }
    public List<Directive> Accepted { get; } = [];

    public void Start() => _running = Task.WhenAll(Link.Run(_stop.Token), Inbox.Run(_stop.Token));

    public async Task Stop()
    {
        await _stop.CancelAsync();
        await _running.WaitAsync(TimeSpan.FromSeconds(30)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Assert.False(_running.IsFaulted, _running.Exception?.ToString());
        Spool.Dispose();
    }

    /// <summary>Ends when everything was acknowledged.</summary>
    public async Task Drained()
    {
        while (true)
        {
            var next = Spool.Left.Next;
            if (Spool.Waiting == 0) return;
            try { await next.WaitAsync(TimeSpan.FromSeconds(30)); }
            catch (TimeoutException) { Assert.Fail($"{Spool.Waiting} facts still wait; {Log}"); }
        }
    }

    public Task<DirectiveAnswer> Accept(Directive directive, CancellationToken cancel)
    {
        Accepted.Add(directive);
        return Task.FromResult(new DirectiveAnswer(directive.Id, Accepted: true, "", $"first answer to {directive.Id}"));
    }

    public Task<IReadOnlyList<InstanceStatus>> Status(CancellationToken cancel) => Task.FromResult<IReadOnlyList<InstanceStatus>>([]);

    public void Dispose()
    {
        _stop.Dispose();
        Log.Dispose();
    }
}
