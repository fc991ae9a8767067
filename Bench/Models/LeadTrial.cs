using Fleet.Analytics.Detection;

namespace Fleet.Bench.Models;

/// <summary>How long before a labelled range the last alarm of the hour before began, if there was one, and whether one came within.</summary>
internal readonly record struct Lead(int? Samples, bool Within);

/// <summary>Whether alarms come before what is labelled begins.</summary>
internal static class LeadTrial
{
    private const double Quantile = .99;
    private const double PerWeek = 7;

    /// <summary>When it alarms: above what one in 100 scores of the later half of training passes, with a budget of an alarm a day.</summary>
    public static bool[] Alarms(double[] learned, double[] scores, int minutes)
    {
        double[] calm = [.. learned[(learned.Length / 2)..].Order()];
        var budget = AlarmBudget.Start(Math.Max(calm[(int)(Quantile * calm.Length)], 1e-9), PerWeek);
        var (alarms, start) = (new bool[scores.Length], new DateTimeOffset(2026, 1, 5, 0, 0, 0, TimeSpan.Zero));
        for (var i = 0; i < scores.Length; i++) budget = budget.Add(start.AddMinutes((double)i * minutes), scores[i], out alarms[i]);
        return alarms;
    }

    /// <summary>The leads over the labelled ranges; an alarm within an earlier range isn't early for the next.</summary>
    public static Lead[] Of(bool[] labels, bool[] alarms, int hour)
    {
        var leads = new List<Lead>();
        for (var onset = 1; onset < labels.Length; onset++)
        {
            if (!labels[onset] || labels[onset - 1]) continue;
            var end = onset;
            while (end < labels.Length && labels[end]) end++;
            leads.Add(new(Before(labels, alarms, onset, hour), Array.IndexOf(alarms, true, onset, end - onset) >= 0));
        }
        return [.. leads];
    }

    /// <summary>The share of unlabelled moments with an alarm in the hour before: what chance would give.</summary>
    public static double Chance(bool[] labels, bool[] alarms, int hour)
    {
        int[] calm = [.. Enumerable.Range(1, labels.Length - 1).Where(i => !labels[i])];
        return calm.Average(i => Before(labels, alarms, i, hour) is null ? 0.0 : 1);
    }

    private static int? Before(bool[] labels, bool[] alarms, int moment, int hour)
    {
        for (var back = 1; back <= hour && back <= moment && !labels[moment - back]; back++)
        {
            if (alarms[moment - back]) return back;
        }
        return null;
    }
}
