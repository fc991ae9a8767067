using System.Globalization;

namespace Fleet.Bench.Models;

/// <summary>Failures within a day from the events of 100 machines: at every six hours what errors came in the last day, how long since each part was changed, model and age.</summary>
internal sealed record MaintenanceEvents(List<double[]> Learn, List<bool> LearnFailed, List<double[]> Test, List<bool> TestFailed)
{
    private const int Errors = 5, Parts = 4;
    private static readonly DateTime Start = new(2015, 1, 3), Held = new(2015, 9, 1), End = new(2015, 12, 30);

    /// <summary>Learned up to September, but for the day before; tested from then on.</summary>
    public static MaintenanceEvents Load(string path)
    {
        var texts = TarText.Load(path, n => n.StartsWith("datasets/mapm/", StringComparison.Ordinal));
        var (errors, failures, changes) = (Events(texts, "errors"), Events(texts, "failures"), Events(texts, "maint"));
        var events = new MaintenanceEvents([], [], [], []);
        foreach (var machine in Lines(texts, "machines"))
        {
            var (id, model, age) = (machine[0], double.Parse(machine[1][5..], CultureInfo.InvariantCulture), double.Parse(machine[2], CultureInfo.InvariantCulture));
            for (var now = Start; now < End; now = now.AddHours(6))
            {
                var row = new double[Errors + Parts + 2];
                foreach (var (at, kind) in errors[id].Where(e => e.At <= now && e.At > now.AddDays(-1))) row[kind - 1]++;
                for (var part = 1; part <= Parts; part++) row[Errors + part - 1] = changes[id].Where(c => c.Kind == part && c.At <= now).Select(c => (now - c.At).TotalHours).DefaultIfEmpty(10_000).Min();
                (row[^2], row[^1]) = (model, age);
                var failed = failures[id].Any(f => f.At > now && f.At <= now.AddDays(1));
                if (now < Held.AddDays(-1)) { events.Learn.Add(row); events.LearnFailed.Add(failed); }
                if (now >= Held) { events.Test.Add(row); events.TestFailed.Add(failed); }
            }
        }
        return events;
    }

    private static ILookup<string, (DateTime At, int Kind)> Events(Dictionary<string, string> texts, string name) =>
        Lines(texts, name).ToLookup(l => l[1], l => (DateTime.Parse(l[0], CultureInfo.InvariantCulture), l[2][^1] - '0'));

    private static IEnumerable<string[]> Lines(Dictionary<string, string> texts, string name) =>
        texts[$"datasets/mapm/PdM_{name}.csv.gz"].Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(l => Array.ConvertAll(l.TrimEnd('\r').Split(','), c => c.Trim('"')));
}
