using System.Text.Json;
using System.Text.RegularExpressions;
using Fleet.Protocol.V1;

namespace Fleet.Silo.Telemetry;

/// <summary>Dashboards and alerts ask for figures that the engine shows, by labels and values that these have.</summary>
public sealed partial class ReadyMadeTests
{
    private static readonly string Root = Find(new DirectoryInfo(AppContext.BaseDirectory));

    // Prometheus' own: whom it asked, and where.
    private static readonly string[] Prometheus = ["up"], PrometheusLabels = ["job", "instance", "le"];

    private static string Rules => File.ReadAllText(Path.Combine(Root, "deploy/alerts/fleet.rules.yml"));

    private static IEnumerable<JsonElement> Dashboards => Directory.GetFiles(Path.Combine(Root, "deploy/dashboards"), "*.json").Order(StringComparer.Ordinal).Select(file => JsonDocument.Parse(File.ReadAllText(file)).RootElement);

    private static IEnumerable<JsonElement> Panels => Dashboards.SelectMany(d => d.GetProperty("panels").EnumerateArray()).Where(p => p.GetProperty("type").GetString() != "row");

    private static string[] Asked =>
    [
        .. Rule().Matches(Rules).Select(m => m.Groups[1].Value),
        .. Panels.SelectMany(p => p.GetProperty("targets").EnumerateArray()).Select(t => t.GetProperty("expr").GetString()!),
    ];

    [Fact]
    public async Task Every_figure_that_dashboards_and_alerts_ask_for_is_one_that_the_running_engine_shows()
    {
        await using var fleet = await RunningFleet.Start();
        Assert.Equal(RolloutPhase.Succeeded, (await fleet.RollOut("r1", "2")).Phase);
        await fleet.Client.Instances.WaitForEnd(await fleet.Client.Instances.RollBack(new() { Resource = "one", Instance = RunningFleet.Instance, RequestId = "back" }));
        var shown = Shown.Read(await fleet.Http.GetStringAsync("/metrics"));

        Assert.True(Asked.Length > 60, $"only {Asked.Length} expressions were found");
#if EMBEDDED
        Assert.Empty(Asked.SelectMany(shown.Missing));
#else
        // What the engine itself does is told there by figures of Orleans' own.
        Assert.Empty(Asked.Where(expression => !expression.Contains("fleet_engine_", StringComparison.Ordinal)).SelectMany(shown.Missing));
#endif
        Assert.DoesNotContain(shown.Values, value => value is "one" or "two" or "one/web" or "r1" || value.Contains("r1.", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""sum(rate(fleet_changes_totals{phase="REQUESTED"}[5m]))""", "fleet_changes_totals")]
    [InlineData("""sum(rate(fleet_changes_total{phase="REQUESTEDD"}[5m]))""", "fleet_changes_total phase=REQUESTEDD")]
    [InlineData("""sum(rate(fleet_changes_total{fase="REQUESTED"}[5m]))""", "fleet_changes_total fase")]
    [InlineData("""fleet_changes_total / on (instance) fleet_nothing""", "fleet_nothing")]
    public void A_wrong_name_label_or_value_is_found(string expression, string missing) => Assert.Equal(
        [missing], Shown.Read("""fleet_changes_total{phase="REQUESTED"} 1""").Missing(expression));

    [Fact]
    public void Each_alert_says_what_happened_and_where_to_read_on()
    {
        var alerts = Alert().Matches(Rules);
        var headings = File.ReadAllLines(Path.Combine(Root, "docs/operations.md")).Where(l => l.StartsWith("### ", StringComparison.Ordinal)).Select(l => l[4..]).ToHashSet(StringComparer.Ordinal);

        Assert.Equal(Rules.Split("- alert: ").Length - 1, alerts.Count);
        Assert.All(alerts, alert => Assert.Equal($"docs/operations.md#{alert.Groups["name"].Value.ToLowerInvariant()}", alert.Groups["runbook"].Value));
        Assert.Equal(alerts.Select(a => a.Groups["name"].Value).Order(), headings.Where(h => h.StartsWith("Fleet", StringComparison.Ordinal)).Order());
    }

    [Fact]
    public void Dashboards_have_the_shape_that_Grafana_reads()
    {
        Assert.Equal(2, Dashboards.Select(d => d.GetProperty("uid").GetString()).Distinct().Count());
        foreach (var dashboard in Dashboards)
        {
            Assert.NotEmpty(dashboard.GetProperty("title").GetString()!);
            Assert.Contains(dashboard.GetProperty("templating").GetProperty("list").EnumerateArray(), v => v.GetProperty("name").GetString() == "datasource" && v.GetProperty("type").GetString() == "datasource");
            var panels = dashboard.GetProperty("panels").EnumerateArray().ToArray();
            Assert.Distinct(panels.Select(p => p.GetProperty("id").GetInt32()));
            Assert.Distinct(panels.SelectMany(Cells));
        }

        Assert.All(Panels, panel =>
        {
            Assert.Contains(panel.GetProperty("type").GetString(), (string[])["stat", "timeseries"]);
            Assert.NotEmpty(panel.GetProperty("title").GetString()!);
            Assert.Equal("${datasource}", panel.GetProperty("datasource").GetProperty("uid").GetString());
            Assert.Distinct(panel.GetProperty("targets").EnumerateArray().Select(t => t.GetProperty("refId").GetString()));
        });
    }

    private static IEnumerable<(int, int)> Cells(JsonElement panel)
    {
        var at = panel.GetProperty("gridPos");
        var (x, y, w, h) = (Number("x"), Number("y"), Number("w"), Number("h"));
        Assert.InRange(x + w, 1, 24);
        return from column in Enumerable.Range(x, w) from row in Enumerable.Range(y, h) select (column, row);

        int Number(string name) => at.GetProperty(name).GetInt32();
    }

    private static string Find(DirectoryInfo? from) => from is null ? throw new DirectoryNotFoundException("no Fleet.sln above the tests")
        : File.Exists(Path.Combine(from.FullName, "Fleet.sln")) ? from.FullName : Find(from.Parent);

    [GeneratedRegex(@"^ +expr: (.+)$", RegexOptions.Multiline)]
    private static partial Regex Rule();

    [GeneratedRegex(@"- alert: (?<name>\w+)\n +expr: .+\n( +for: \w+\n)? +labels: .+\n +annotations:\n +summary: .+\n +runbook: (?<runbook>\S+)")]
    private static partial Regex Alert();

    /// <summary>The figures of one look at the engine, with their labels and values.</summary>
    private sealed partial class Shown
    {
        private static readonly string[] Keywords = ["and", "or", "unless", "bool", "offset", "by", "on", "without", "ignoring"];
        private readonly Dictionary<string, Dictionary<string, HashSet<string>>> figures = new(StringComparer.Ordinal);

        public IEnumerable<string> Values => figures.Values.SelectMany(labels => labels).Where(label => label.Key != "le").SelectMany(label => label.Value);

        public static Shown Read(string text)
        {
            var shown = new Shown();
            foreach (Match line in Line().Matches(text))
            {
                if (!shown.figures.TryGetValue(line.Groups["name"].Value, out var labels)) shown.figures[line.Groups["name"].Value] = labels = new(StringComparer.Ordinal);
                foreach (Match label in Label().Matches(line.Groups["labels"].Value))
                {
                    if (!labels.TryGetValue(label.Groups["label"].Value, out var values)) labels[label.Groups["label"].Value] = values = new(StringComparer.Ordinal);
                    values.Add(label.Groups["value"].Value);
                }
            }

            return shown;
        }

        /// <summary>What an expression asks for that isn't there.</summary>
        public IEnumerable<string> Missing(string expression)
        {
            var bare = Grouping().Replace(Range().Replace(expression, ""), "");
            foreach (Match asked in Selector().Matches(bare))
            {
                var name = asked.Groups["name"].Value;
                if (Keywords.Contains(name) || Prometheus.Contains(name)) continue;
                if (!figures.TryGetValue(name, out var labels))
                {
                    yield return name;
                    continue;
                }

                foreach (Match matcher in Label().Matches(asked.Groups["matchers"].Value))
                {
                    var (label, value) = (matcher.Groups["label"].Value, matcher.Groups["value"].Value);
                    // What only errors have is there when there were some.
                    if (PrometheusLabels.Contains(label) && label != "le") continue;
                    if (!labels.TryGetValue(label, out var values)) yield return $"{name} {label}";
                    else if (matcher.Groups["op"].Value == "=" && !values.Contains(value)) yield return $"{name} {label}={value}";
                }
            }

            foreach (Match grouping in Grouping().Matches(expression))
                foreach (var label in grouping.Groups["labels"].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
                    if (!PrometheusLabels.Contains(label) && !figures.Values.Any(labels => labels.ContainsKey(label))) yield return label;
        }

        [GeneratedRegex(@"^(?<name>[a-z_:][a-zA-Z0-9_:]*)(\{(?<labels>.*)\})? ", RegexOptions.Multiline)]
        private static partial Regex Line();

        [GeneratedRegex("(?<label>[a-z_][a-zA-Z0-9_]*)(?<op>=~|!~|!=|=)\"(?<value>[^\"]*)\"")]
        private static partial Regex Label();

        [GeneratedRegex(@"\b(by|without|on|ignoring) *\((?<labels>[^)]*)\)")]
        private static partial Regex Grouping();

        [GeneratedRegex(@"\[[^\]]*\]")]
        private static partial Regex Range();

        // A name that is no function; what stands in braces belongs to it.
        [GeneratedRegex(@"(?<![\w$])(?<name>[a-z_][a-z0-9_]*)\b(?! *\()(\{(?<matchers>[^}]*)\})?")]
        private static partial Regex Selector();
    }
}
