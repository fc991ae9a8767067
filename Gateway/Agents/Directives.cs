using Fleet.Gateway.Api;
using Fleet.Resources;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Fleet.Gateway.Agents;

/// <summary>Directives in the words of the contract.</summary>
internal static class Directives
{
    /// <summary>The directive as it is sent now; null when its time to begin has passed, which its instance notices itself.</summary>
    public static Wire.EngineMessage? Of(Directive directive, DateTimeOffset now)
    {
        var left = directive.StartBefore - now;
        if (left <= TimeSpan.Zero) return null;

        var wire = new Wire.Directive
        {
            Id = directive.Id,
            Instance = directive.Instance,
            Generation = (ulong)directive.Generation,
            StartWithin = Duration.FromTimeSpan(left),
            Change = directive.Change,
            Traceparent = directive.Trace,
        };
        switch (directive.Kind)
        {
            case DirectiveKind.Apply:
                wire.Apply = new Wire.ApplyPatch
                {
                    Envelope = ByteString.CopyFrom(directive.Envelope.AsSpan()),
                    Expected = Wires.Of(directive.Expected),
                    Bake = Duration.FromTimeSpan(directive.Bake),
                    KeepOld = Duration.FromTimeSpan(directive.KeepOld),
                };
                break;
            case DirectiveKind.RollBack:
                wire.RollBack = new Wire.RollBack { Undoes = directive.Undoes, Reason = directive.Reason };
                break;
            case DirectiveKind.Commit:
                wire.Commit = new Wire.Commit();
                break;
            default:
                throw new InvalidOperationException($"directive {directive.Id} has the unknown kind {directive.Kind}");
        }

        return new Wire.EngineMessage { Directive = wire };
    }
}
