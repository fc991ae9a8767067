namespace Fleet.Engine.Embedded;

/// <summary>
/// The turns of one activation: which wait, which run, and which may run beside each other. Turns begin in the order of their
/// arrival, except where interleaving is allowed.
/// </summary>
internal sealed class Mailbox(TurnQueue queue, bool reentrant, EngineLog log)
{
    private readonly Lock gate = new();
    private readonly LinkedList<Turn> waiting = new();
    private readonly List<Turn> running = [];
    private readonly List<object> chains = [];
    private Phase phase = Phase.Filling;
    private Turn? last;

    private enum Phase
    {
        /// <summary>Turns gather; the activation wakes up.</summary>
        Filling,

        /// <summary>Turns begin.</summary>
        Open,

        /// <summary>Turns gather; those that run finish, and then the last one comes.</summary>
        Draining,

        /// <summary>No more turns are taken.</summary>
        Shut,
    }

    /// <summary>Whose code the turns run on.</summary>
    public TurnQueue Queue => queue;

    /// <summary>Whether no turn runs or waits.</summary>
    public bool IsIdle
    {
        get { lock (gate) return phase == Phase.Open && running.Count == 0 && waiting.Count == 0; }
    }

    /// <summary>How many turns run or wait.</summary>
    public int Load
    {
        get { lock (gate) return running.Count + waiting.Count; }
    }

    /// <summary>Takes a turn, which begins when it may; false if this mailbox is shut for good.</summary>
    public bool TryAdd(Turn turn)
    {
        lock (gate)
        {
            if (phase == Phase.Shut) return false;

            turn.Box = this;
            if (phase == Phase.Open && MayRun(turn)) Begin(turn);
            else waiting.AddLast(turn);
            return true;
        }
    }

    /// <summary>Begins a turn while the others gather: waking up. Not if the activation already ends.</summary>
    public void BeginFirst(Turn turn)
    {
        turn.Box = this;
        lock (gate)
        {
            if (phase == Phase.Filling) Begin(turn);
        }
    }

    /// <summary>Lets the turns that gathered begin.</summary>
    public void Open()
    {
        lock (gate)
        {
            if (phase != Phase.Filling) return;
            phase = Phase.Open;
            BeginThoseThatMay(everywhere: true);
        }
    }

    /// <summary>Lets no more turns begin, and runs a last one when the others are over; false if that has begun before.</summary>
    public bool Drain(Turn lastTurn)
    {
        lock (gate)
        {
            if (phase is Phase.Draining or Phase.Shut) return false;

            phase = Phase.Draining;
            last = lastTurn;
            last.Box = this;
            BeginLastIfDrained();
            return true;
        }
    }

    /// <summary>Takes no more turns, and hands out those that wait.</summary>
    public IReadOnlyList<Turn> Shut()
    {
        lock (gate)
        {
            phase = Phase.Shut;
            Turn[] left = [.. waiting];
            waiting.Clear();
            return left;
        }
    }

    /// <summary>The turns that run now.</summary>
    public IReadOnlyList<Turn> Running()
    {
        lock (gate) return [.. running];
    }

    /// <summary>Ends a circle of calls that wait for each other, if a turn here is part of one.</summary>
    public void LookForDeadlock()
    {
        if (!queue.IsQuiet) return;
        foreach (var turn in Running()) Deadlock.Break(turn);
    }

    /// <summary>The turns of which any one keeps a waiting turn from beginning.</summary>
    public IReadOnlyList<Turn> Blockers(Turn turn)
    {
        lock (gate) return [.. running.Where(other => phase != Phase.Open || Blocks(other, turn))];
    }

    /// <summary>From now on, calls of this chain may run while another turn waits.</summary>
    public void Enter(object chain)
    {
        lock (gate) chains.Add(chain);
    }

    /// <summary>Ends that; as often as it was begun.</summary>
    public void Leave(object chain)
    {
        lock (gate) chains.Remove(chain);
    }

    private static bool Blocks(Turn running, Turn next) => !running.AlwaysInterleaves && !(running.ReadsOnly && next.ReadsOnly);

    private bool MayRun(Turn turn) => reentrant || turn.AlwaysInterleaves || ComesBack(turn) || !running.Exists(other => Blocks(other, turn));

    private bool ComesBack(Turn turn) => chains.Count > 0 && turn.Chain is { } chain && chains.Contains(chain);

    /// <summary>Begins a turn, unless nobody waits for it any more: then it is over, and nothing of it ever runs.</summary>
    private void Begin(Turn turn)
    {
        if (!turn.TryBegin()) return;
        running.Add(turn);
        queue.Post(static begun => _ = ((Turn)begun!).Box!.Execute((Turn)begun), turn);
    }

    private async Task Execute(Turn turn)
    {
        Turn.Current = turn;
        try
        {
            await turn.Run();
        }
        catch (Exception error)
        {
            // A turn that never ended would hold its activation for ever, and nobody would hear why.
            log.TurnFailed(error, turn.Name);
        }

        End(turn);
        turn.Finish();
    }

    private void End(Turn turn)
    {
        turn.End();
        lock (gate)
        {
            running.Remove(turn);
            if (phase == Phase.Open) BeginThoseThatMay(everywhere: false);
            else if (phase == Phase.Draining) BeginLastIfDrained();
        }
    }

    /// <summary>
    /// Begins waiting turns. Those that interleave with everything never wait in an open mailbox, so behind a turn that has to wait
    /// only readers can pass, and behind one that runs alone nobody: a long queue is not searched again at every turn.
    /// </summary>
    private void BeginThoseThatMay(bool everywhere)
    {
        for (var node = waiting.First; node is not null;)
        {
            var (turn, next) = (node.Value, node.Next);
            if (turn.IsAbandoned || MayRun(turn))
            {
                waiting.Remove(node);
                Begin(turn);
            }

            if (!everywhere && running.Exists(other => !other.AlwaysInterleaves && !other.ReadsOnly)) return;
            node = next;
        }
    }

    private void BeginLastIfDrained()
    {
        if (running.Count > 0 || last is not { } turn) return;
        last = null;
        Begin(turn);
    }
}
