using Fleet.Protocol.V1;
using Google.Protobuf.WellKnownTypes;

namespace Fleet.SimulatedAgents;

/// <summary>
/// What becomes of directives on a device whose every change takes 100 ms: a ledger that answers a repeated one as before,
/// and the progress that the real agent tells.
/// </summary>
internal sealed class Device(Func<AgentMessage, Task> tell, Action changed, Tally tally)
{
    private static readonly TimeSpan Takes = TimeSpan.FromMilliseconds(100);
    private static readonly ChangePhase[] Way = [ChangePhase.Prepared, ChangePhase.Applied, ChangePhase.Effective, ChangePhase.Verified];

    private readonly Lock gate = new();
    private readonly Dictionary<string, DirectiveAnswer> ledger = new(StringComparer.Ordinal);
    private readonly Dictionary<string, InstanceManifest?> before = new(StringComparer.Ordinal);
    private Task last = Task.CompletedTask;
    private ulong step;

    /// <summary>What runs; null until something is installed.</summary>
    public InstanceManifest? Installed { get; private set; }

    /// <summary>Of the last directive that was taken.</summary>
    public ulong Generation { get; private set; }

    /// <summary>Takes a directive: one after the other, and each once.</summary>
    public void Take(Directive directive)
    {
        lock (gate) last = Follow(last, directive);
    }

    private async Task Follow(Task earlier, Directive directive)
    {
        await earlier;
        try
        {
            if (ledger.TryGetValue(directive.Id, out var given))
            {
                tally.Directed(again: true);
                await Answer(directive, given);
                return;
            }

            tally.Directed(again: false);
            var stale = directive.Generation <= Generation;
            var answer = new DirectiveAnswer { Directive = directive.Id, Accepted = !stale, Reason = stale ? "STALE_GENERATION" : "" };
            ledger[directive.Id] = answer;
            if (!stale) Generation = directive.Generation;
            await Answer(directive, answer);
            if (!stale) await Act(directive);
        }
        catch (Exception e) when (e is Grpc.Core.RpcException or InvalidOperationException or OperationCanceledException)
        {
            // The stream ended: that is counted where it is read.
        }
    }

    private async Task Act(Directive directive)
    {
        switch (directive.ActionCase)
        {
            case Directive.ActionOneofCase.Apply:
                (before[directive.Change], step) = (Installed, 0);
                foreach (var phase in Way)
                {
                    await Task.Delay(Takes / Way.Length);
                    if (phase == ChangePhase.Applied) Installed = directive.Apply.Expected;
                    await Tell(directive, directive.Change, phase);
                }

                tally.Changed();
                break;
            case Directive.ActionOneofCase.RollBack:
                step = 0;
                await Task.Delay(Takes);
                Installed = before.GetValueOrDefault(directive.RollBack.Undoes);
                await Tell(directive, directive.Change, ChangePhase.RolledBack);
                break;
            case Directive.ActionOneofCase.Commit:
                await Tell(directive, directive.Change, ChangePhase.Committed);
                break;
        }

        changed();
    }

    private Task Answer(Directive directive, DirectiveAnswer answer) => tell(new AgentMessage { InstanceName = directive.Instance, Answer = answer });

    private Task Tell(Directive directive, string change, ChangePhase phase) => tell(new AgentMessage
    {
        InstanceName = directive.Instance,
        Progress = new ChangeProgress
        {
            Change = change, Directive = directive.Id, Generation = directive.Generation, Phase = phase, Step = ++step, DeviceTime = DateTime.UtcNow.ToTimestamp(),
        },
    });
}
