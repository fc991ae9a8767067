using Fleet.Agent.Delivery;

namespace Fleet.Simulation;

/// <summary>On the device a directive takes effect at most once, in the order of generations, and its first answer stands.</summary>
internal sealed class DeviceLaws(InstanceLaws instances)
{
    private readonly Dictionary<string, InstanceState> last = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> newest = new(StringComparer.Ordinal);
    private readonly HashSet<string> begun = new(StringComparer.Ordinal);
    private readonly Dictionary<string, bool> answers = new(StringComparer.Ordinal);

    public void Journaled(string device, InstanceState state)
    {
        var instance = $"{device}/{state.Name}";
        var before = last.GetValueOrDefault(instance) ?? new InstanceState { Name = state.Name };
        last[instance] = state;
        LawBook.Hold(state.Generation >= before.Generation, Law.GenerationsRise, $"{instance}: the device went from {before.Generation} back to {state.Generation}");
        foreach (var entry in state.Ledger)
        {
            var key = $"{device}/{entry.Answer.Directive}";
            if (answers.TryGetValue(key, out var first))
            {
                LawBook.Hold(first == entry.Answer.Accepted, Law.OneAnswer, $"{key}: first {first}, then {entry.Answer.Accepted}");
                continue;
            }
            answers[key] = entry.Answer.Accepted;
            Taken(device, instance, entry.Answer.Directive);
        }

        if (state.Change is not { } change || change.Directive == before.Change?.Directive) return;
        LawBook.Hold(begun.Add($"{device}/{change.Directive}"), Law.OneEffect, $"{instance}: {change.Directive} was begun again");
    }

    private void Taken(string device, string instance, string directive)
    {
        if (instances.GenerationOf(device, directive) is not { } generation) return;
        LawBook.Hold(generation > newest.GetValueOrDefault(instance), Law.NothingStale, $"{instance}: {directive} of generation {generation} was taken after {newest.GetValueOrDefault(instance)}");
        newest[instance] = generation;
    }
}
