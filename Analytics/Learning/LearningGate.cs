namespace Fleet.Analytics.Learning;

/// <summary>Whether a moment is fit to be learned as normal: not in a change, and not while anomalous; an anomaly that outlasts all patience is the new normal.</summary>
public readonly record struct LearningGate
{
    /// <summary>When the anomaly that lasts began; nothing while there is none.</summary>
    public DateTimeOffset Since { get; init; }

    /// <summary>After this long an anomaly is learned: who wanted it gone has had the time.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromDays(3);

    /// <summary>Takes in whether this moment is anomalous or in a change; tells whether to learn from it.</summary>
    public LearningGate Add(DateTimeOffset now, bool anomalous, bool inChange, out bool learn)
    {
        var since = !anomalous ? default : Since == default ? now : Since;
        learn = !inChange && (!anomalous || now - since >= Patience);
        return this with { Since = since };
    }
}

/// <summary>What a model is trained on: rows with what came of them, without the windows that were anomalous without an outcome or in a change.</summary>
public sealed class OutcomeLog
{
    private readonly List<double[]> _rows = [];
    private readonly List<bool> _failed = [];

    /// <summary>The rows that may be learned, in the order of recording.</summary>
    public IReadOnlyList<double[]> Rows => _rows;

    /// <summary>Whether each was followed by a failure.</summary>
    public IReadOnlyList<bool> Failed => _failed;

    /// <summary>Records an outcome. A change explains both good and bad by itself; an anomaly that no failure followed is neither a failure nor normal.</summary>
    public void Add(double[] row, bool failed, bool anomalous, bool inChange)
    {
        if (inChange || (anomalous && !failed)) return;
        _rows.Add(row);
        _failed.Add(failed);
    }
}
