using System.Collections.Immutable;
using Fleet.Gateway.Telemetry;
using Fleet.Instances;
using Fleet.Resources;

namespace Fleet.Gateway.Agents;

/// <summary>
/// Hands each message of one agent to the grain that it is about. Names are taken within the agent's own resource, so it can
/// speak of nothing else. When it returns, the fact is taken: what is numbered is stored. Who only plays agents counts nothing.
/// </summary>
internal sealed class Intake(string resource, IGrainFactory grains, TimeProvider time, GatewayMeter? meter = null)
{
    // Each name wakes a grain of its own: a broken agent must not fill the engine with them.
    private const int MostInstances = 128;
    private static readonly Refusal TooMany = new(StatusCode.ResourceExhausted, "TOO_MANY_INSTANCES", $"the agent speaks of more than {MostInstances} instances in one session");

    private readonly IResourceGrain grain = grains.Resource(new ResourceId(resource));
    private readonly Dictionary<string, string> instanceOf = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IInstanceGrain> instances = new(1, StringComparer.Ordinal);
    private readonly DirectiveTraces traces = new(resource, time);
    private ImmutableArray<string> reporting = [];
    private long? reported;

    /// <summary>Remembers which instance a directive is for: the answer of an older agent names the directive alone.</summary>
    public void Expect(Directive directive)
    {
        lock (instanceOf) instanceOf[directive.Id] = directive.Instance;
        traces.Handed(directive);
    }

    /// <exception cref="RpcException">The message is malformed.</exception>
    public Task Take(Wire.AgentMessage message) => message.BodyCase switch
    {
        Wire.AgentMessage.BodyOneofCase.Resource => Observe(message),
        Wire.AgentMessage.BodyOneofCase.Instance => Observe(message.Instance),
        Wire.AgentMessage.BodyOneofCase.Progress => Progress(message),
        Wire.AgentMessage.BodyOneofCase.Answer => Answer(message),
        Wire.AgentMessage.BodyOneofCase.Inventory => Inventory(message.Inventory),
        Wire.AgentMessage.BodyOneofCase.Hello => throw Refusal.Malformed(new FieldError("hello", "is said once, at the beginning")).ToException(),
        // What a newer agent says that this engine doesn't know yet: nothing is lost by passing over it.
        _ => Task.CompletedTask,
    };

    private Task Observe(Wire.AgentMessage message)
    {
        var now = time.GetTimestamp();
        if (reported is { } last) meter?.Reported(time.GetElapsedTime(last, now));
        reported = now;
        return grain.Observe(new ResourceFacts
        {
            ClockSkew = Facts.Skew(message.DeviceTime, time.GetUtcNow()),
            Instances = reporting,
            Report = Facts.Bytes(message.Resource, "resource"),
        });
    }

    private Task Progress(Wire.AgentMessage message)
    {
        var progress = Facts.Of(message.Progress);
        var waited = Facts.Waited(message.Progress.DeviceTime, message.DeviceTime);
        meter?.Progressed(waited);
        traces.Told(progress, waited);
        return Instance(message.InstanceName, "instanceName").Progress(progress);
    }

    private Task Observe(Wire.InstanceReport report)
    {
        var instance = Instance(report.Name, "instance.name");
        if (reporting.BinarySearch(report.Name, StringComparer.Ordinal) is < 0 and var place) reporting = reporting.Insert(~place, report.Name);
        return instance.Observe(Facts.Of(report));
    }

    private async Task Answer(Wire.AgentMessage message)
    {
        var answer = message.Answer;
        if (answer.Directive.Length == 0) throw Refusal.Malformed(new FieldError("answer.directive", "is missing")).ToException();
        traces.Answered(answer.Directive, answer.Accepted, answer.Reason);
        string? expected;
        lock (instanceOf) instanceOf.Remove(answer.Directive, out expected);
        var name = message.InstanceName.Length > 0 ? message.InstanceName : expected ?? NamedIn(answer.Directive);

        // Nobody waits for the answer to a directive that names no instance.
        if (name.Length > 0) await Instance(name, "instanceName").Answer(Facts.Of(answer));
        await grain.Answered(answer.Directive);
    }

    // A directive's id begins with its instance. An answer that comes after the session of its directive has no other trace of it.
    private static string NamedIn(string directive) =>
        directive.IndexOf(':', StringComparison.Ordinal) is > 0 and var end && Images.Names.IsName(directive[..end]) ? directive[..end] : "";

    private Task Inventory(Wire.InventoryReport report) => report.Instance.Length == 0
        ? grain.Inventory([.. report.Packages])
        : Instance(report.Instance, "inventory.instance").Inventory([.. report.Packages]);

    private IInstanceGrain Instance(string name, string field)
    {
        if (instances.TryGetValue(name, out var known)) return known;
        if (!Images.Names.IsName(name)) throw Refusal.Malformed(new FieldError(field, $"expected {Images.Names.NameRule}")).ToException();
        if (instances.Count == MostInstances) throw TooMany.ToException();
        return instances[name] = grains.Instance(new InstanceId(resource, name));
    }
}
