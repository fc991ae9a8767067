using Fleet.Protocol.V1;
using Google.Protobuf;

namespace Fleet.Agent.Link;

/// <summary>
/// Facts that must reach the engine, kept on disk until it acknowledged them. Each gets the next of numbers that count for
/// ever; what is sent but not acknowledged is sent again.
/// </summary>
/// <remarks>
/// Full means that the facts that wait exceed the limit. Then inventories go first (the sensors report them again), then the
/// oldest answers (a repeated directive gets its first answer again). Progress is never dropped: only changes in flight make
/// it, and without an engine no new ones begin, so it is bounded by itself; what ends it is a full disk, and then
/// <see cref="Add"/> throws and delivery, which keeps its own journal, records the step later.
/// </remarks>
internal sealed class Spool : IDisposable
{
    private const long WorthRewriting = 256 << 10;
    private readonly Lock _state = new();
    private readonly List<AgentMessage> _waiting = [];
    private readonly SpoolFile _file;
    private readonly long _limit;
    private readonly Signal _changed;
    private readonly AgentLog _log;
    private long _waitingBytes;

    /// <summary>Opens the spool in a directory.</summary>
    /// <param name="limit">Bytes that may wait.</param>
    /// <param name="changed">Raised when there is something new to send.</param>
    public Spool(string directory, long limit, Signal changed, AgentLog log)
    {
        (_limit, _changed, _log) = (limit, changed, log);
        Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        _file = SpoolFile.Open(Path.Combine(directory, "facts.spool"), out var frames, out var damage);
        foreach (var frame in frames) Restore(frame);
        Report(damage);
    }

    /// <summary>The last number given.</summary>
    public ulong Last { get; private set; }

    /// <summary>Everything up to and including this number is the engine's.</summary>
    public ulong Acknowledged { get; private set; }

    /// <summary>Raised when facts left because they were acknowledged.</summary>
    public Signal Left { get; } = new();

    /// <summary>How many facts wait for an acknowledgement.</summary>
    public int Waiting { get { lock (_state) return _waiting.Count; } }

    /// <summary>Keeps a fact; returns when it can't be lost. A fact that already waits is not kept twice.</summary>
    /// <returns>False when it was not kept, because the spool is full and this kind gives way.</returns>
    public bool Add(AgentMessage fact)
    {
        lock (_state)
        {
            if (_waiting.Exists(other => SpoolOrder.Same(fact, other))) return true;
            if (!MakeRoom(fact)) return false;

            fact.Sequence = Last + 1;
            _file.Append(Frame(fact), durable: true);
            Last++;
            Remove(_waiting.FindAll(other => SpoolOrder.Supersedes(fact, other)));
            Keep(fact);
        }

        _changed.Raise();
        return true;
    }

    /// <summary>The engine stored everything up to and including <paramref name="sequence"/>.</summary>
    public void Acknowledge(ulong sequence)
    {
        lock (_state)
        {
            if (sequence > Last)
            {
                CountOnFrom(sequence);
                return;
            }

            if (sequence <= Acknowledged) return;
            Acknowledged = sequence;
            Remove(_waiting.FindAll(fact => fact.Sequence <= sequence));
            try
            {
                // Not fsynced: an acknowledgement that a power cut takes back only makes a fact travel twice.
                _file.Append(new(FrameKind.Acknowledged, sequence, default), durable: false);
                if (_file.Length > WorthRewriting && _file.Length > 4 * _waitingBytes) Rewrite();
            }
            catch (IOException e)
            {
                _log.Warning($"the spool can't note acknowledgement {sequence}, facts may travel twice: {e.Message}");
            }
        }

        Left.Raise();
    }

    /// <summary>Up to <paramref name="count"/> waiting facts with numbers above <paramref name="sequence"/>, in order.</summary>
    public IReadOnlyList<AgentMessage> After(ulong sequence, int count)
    {
        lock (_state) return [.. _waiting.Where(fact => fact.Sequence > sequence).Take(count)];
    }

    public void Dispose() => _file.Dispose();

    // The engine knows numbers that this spool never gave: it was lost, or restored from an old copy. What waits gets new
    // numbers, or the engine would take it for repetition.
    private void CountOnFrom(ulong sequence)
    {
        _log.Warning($"the engine holds facts up to {sequence}, this spool gave numbers up to {Last} only: counting on from there");
        var moved = _waiting.ConvertAll(fact => fact.Clone());
        var last = sequence;
        foreach (var fact in moved) fact.Sequence = ++last;
        // The file first: numbers that only memory knew would be given again after a restart.
        Rewrite(last, sequence, moved);
        (Acknowledged, Last) = (sequence, last);
        _waiting.Clear();
        _waitingBytes = 0;
        moved.ForEach(Keep);
    }

    private void Rewrite() => Rewrite(Last, Acknowledged, _waiting);

    private void Rewrite(ulong last, ulong acknowledged, List<AgentMessage> waiting) => _file.Rewrite(
        [new(FrameKind.Counter, last, default), new(FrameKind.Acknowledged, acknowledged, default), .. waiting.Select(Frame)]);

    private bool MakeRoom(AgentMessage fact)
    {
        var size = fact.CalculateSize();
        while (_waitingBytes + size > _limit && SpoolOrder.FirstToGo(_waiting) is { } victim && SpoolOrder.GivesWay(victim, fact))
        {
            _log.Warning($"the spool is full: dropped the {victim.BodyCase} with number {victim.Sequence}");
            Remove([victim]);
        }

        if (_waitingBytes + size <= _limit || fact.BodyCase == AgentMessage.BodyOneofCase.Progress) return true;
        _log.Warning($"the spool is full: the {fact.BodyCase} is not kept");
        return false;
    }

    private void Restore(SpoolFrame frame)
    {
        Last = Math.Max(Last, frame.Sequence);
        if (frame.Kind == FrameKind.Acknowledged)
        {
            Acknowledged = Math.Max(Acknowledged, frame.Sequence);
            Remove(_waiting.FindAll(waiting => waiting.Sequence <= Acknowledged));
        }

        if (frame.Kind != FrameKind.Report) return;
        var fact = Parse(frame);
        if (fact is null) return;
        Remove(_waiting.FindAll(other => SpoolOrder.Supersedes(fact, other)));
        Keep(fact);
    }

    private AgentMessage? Parse(SpoolFrame frame)
    {
        try
        {
            return AgentMessage.Parser.ParseFrom(frame.Payload.Span);
        }
        catch (InvalidProtocolBufferException e)
        {
            _log.Error($"fact {frame.Sequence} in the spool is whole but can't be read, was it written by a newer agent? {e.Message}");
            return null;
        }
    }

    private void Report(SpoolDamage damage)
    {
        if (damage.Torn > 0) _log.Warning($"the spool ended in {damage.Torn} bytes of an unfinished write: cut");
        if (damage.Damaged == 0) return;

        _log.Error($"the spool is damaged: {damage.Damaged} bytes can't be read and their facts are lost; the file is kept as facts.spool.damaged");
        try { Rewrite(); }
        catch (IOException e) { _log.Warning($"the spool can't be rewritten: {e.Message}"); }
    }

    private void Keep(AgentMessage fact)
    {
        _waiting.Add(fact);
        _waitingBytes += fact.CalculateSize();
    }

    private void Remove(List<AgentMessage> facts)
    {
        foreach (var fact in facts)
        {
            _waiting.Remove(fact);
            _waitingBytes -= fact.CalculateSize();
        }
    }

    private static SpoolFrame Frame(AgentMessage fact) => new(FrameKind.Report, fact.Sequence, fact.ToByteArray());
}
