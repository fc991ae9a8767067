namespace Fleet.Simulation;

/// <summary>What came of one run.</summary>
/// <param name="Broken">The law that didn't hold; null when all did.</param>
internal sealed record Outcome(Plan Plan, ulong Hash, long Steps, string? Broken, string Detail, IReadOnlyCollection<string> Story)
{
    /// <summary>What a failing run says: its seed, and what was needed for it to fail.</summary>
    public string Report() => Broken is null
        ? $"seed {Plan.Seed}: {Steps} steps, trace {Hash:x16}"
        : string.Join('\n', (IEnumerable<string>)[$"seed {Plan.Seed} breaks '{Broken}': {Detail}", "schedule:", .. Plan.Wishes.Select(w => $"  {w}"), .. Plan.Faults.Select(f => $"  {f}"), "the last steps:", .. Story.Select(line => $"  {line}")]);
}

/// <summary>Runs worlds.</summary>
internal static class Run
{
    public static Outcome Of(ulong seed, Bug? bug = null) => Of(Plan.Of(seed), bug);

    /// <param name="kept">So many of the last lines are kept for people.</param>
    public static Outcome Of(Plan plan, Bug? bug = null, int kept = 0, Action<string>? listener = null)
    {
        using var world = new SimWorld(plan, bug, kept, listener);
        string? broken = null;
        var detail = "";
        try
        {
            world.Run();
        }
        catch (LawBrokenException law)
        {
            (broken, detail) = (law.Law, law.Detail);
        }
        catch (Exception error)
        {
            (broken, detail) = ($"no {error.GetType().Name}", error.ToString());
        }

        return new(plan, world.Simulator.Trace.Hash, world.Simulator.Steps, broken, detail, [.. world.Simulator.Trace.Last]);
    }

    /// <summary>Leaves out of a failing plan whatever isn't needed for the same law to break, and tells the story of what is left.</summary>
    public static Outcome Shrink(Outcome failed, Func<Bug>? bug = null)
    {
        var best = failed;
        for (var smaller = true; smaller;)
        {
            smaller = false;
            foreach (var plan in Smaller(best.Plan))
            {
                var outcome = Of(plan, bug?.Invoke());
                if (outcome.Broken != best.Broken) continue;
                (best, smaller) = (outcome, true);
                break;
            }
        }

        return Of(best.Plan, bug?.Invoke(), kept: 60);
    }

    // Halves first, then one by one.
    private static IEnumerable<Plan> Smaller(Plan plan)
    {
        foreach (var left in Parts(plan.Faults)) yield return plan with { Faults = left };
        foreach (var left in Parts(plan.Wishes)) yield return plan with { Wishes = left };
    }

    private static IEnumerable<ImmutableArray<T>> Parts<T>(ImmutableArray<T> all)
    {
        if (all.Length > 3)
        {
            yield return all[..(all.Length / 2)];
            yield return all[(all.Length / 2)..];
        }

        for (var i = 0; i < all.Length; i++) yield return all.RemoveAt(i);
    }
}
