namespace Fleet.Engine.Embedded;

/// <summary>Calls wait for each other in a circle: none of them would ever have been answered.</summary>
public sealed class DeadlockException(string message) : OrleansException(message);

/// <summary>
/// Finds calls that wait for each other in a circle, at the moment when the last of them begins to wait.
/// A waiting call waits for each turn that keeps it from beginning; a running turn waits for the calls that it made, if its
/// activation is quiet and it waits for nothing else that the engine knows of. The circle is broken at its newest waiting call.
/// </summary>
/// <remarks>
/// Sound on many threads without a common lock: a turn that was seen quiet can only go on when a call it made is answered,
/// so around a circle each sees the next one before that could have been.
/// </remarks>
internal static class Deadlock
{
    public static void Break(Turn start)
    {
        var path = new List<Turn>();
        List<Turn>? circle = null;
        if (!IsStuck(start, path, ref circle) || circle is null) return;

        var victim = circle.OfType<Call>().Where(call => call.Stage == TurnStage.Waiting).MaxBy(call => call.Number);
        victim?.Fail(new DeadlockException(Describe(circle, victim)));
    }

    private static bool IsStuck(Turn turn, List<Turn> path, ref List<Turn>? circle)
    {
        if (path.IndexOf(turn) is var at and >= 0)
        {
            circle ??= path[at..];
            return true;
        }

        path.Add(turn);
        var stuck = turn switch
        {
            Call { IsAbandoned: true, Stage: TurnStage.Waiting } => false,
            { Box: not { } } => false,
            { Stage: TurnStage.Waiting, Box: var box } => AnyIsStuck(box!.Blockers(turn), path, ref circle),
            { Stage: TurnStage.Running, Box: var box } => box!.Queue.IsQuiet && AllAreStuck(turn.AwaitedOnly, path, ref circle),
            _ => false,
        };
        path.RemoveAt(path.Count - 1);
        return stuck;
    }

    private static bool AnyIsStuck(IReadOnlyList<Turn> turns, List<Turn> path, ref List<Turn>? circle)
    {
        foreach (var turn in turns)
        {
            if (IsStuck(turn, path, ref circle)) return true;
        }

        return false;
    }

    private static bool AllAreStuck(IReadOnlyList<Call>? calls, List<Turn> path, ref List<Turn>? circle)
    {
        if (calls is null) return false;
        foreach (var call in calls)
        {
            if (!IsStuck(call, path, ref circle)) return false;
        }

        return true;
    }

    /// <summary>The circle as people tell it: from the turn that the victim waits for, along the calls, to the victim.</summary>
    private static string Describe(List<Turn> circle, Call victim)
    {
        var at = circle.IndexOf(victim);
        var chain = circle[(at + 1)..].Concat(circle[..(at + 1)]).Select(turn => turn.Name);
        return $"Calls wait for each other in a circle: {string.Join(" → ", chain)}. The last one waits until the first has ended, and that waits for the last.";
    }
}
