using Fleet.Analytics.Detection;

namespace Fleet.Bench.Models;

/// <summary>How many alarms a machine has in a week under a budget: the floor is found on the first two weeks of the other half of the machines, alarms count from then on.</summary>
internal static class BudgetTrial
{
    private const int Day = ForecastTrial.Day;
    private const int Learn = 14 * Day;

    public static (double Mean, double Most) AlarmsPerWeek(double[][] table, double perWeek)
    {
        var scores = Array.ConvertAll(table, Scores);
        var rates = new List<double>();
        for (var machine = 0; machine < scores.Length; machine++)
        {
            var others = scores.Where((_, other) => other % 2 != machine % 2).SelectMany(s => s[(2 * Day)..Learn].Chunk(Day).Select(day => day.Max()));
            var (budget, alarms, start) = (AlarmBudget.Start(AlarmBudget.Calibrate(others, perWeek), perWeek), 0, new DateTimeOffset(2026, 1, 5, 0, 0, 0, TimeSpan.Zero));
            for (var i = Learn; i < scores[machine].Length; i++)
            {
                budget = budget.Add(start.AddMinutes(5.0 * i), scores[machine][i], out var alarm);
                if (alarm) alarms++;
            }
            rates.Add(alarms * 7.0 * Day / (scores[machine].Length - Learn));
        }
        return (rates.Average(), rates.Max());
    }

    private static double[] Scores(double[] series)
    {
        var (detector, scores) = (Detector.Start, new double[series.Length]);
        for (var i = 0; i < series.Length; i++) detector = detector.Add(series[i], out scores[i]);
        return scores;
    }
}
