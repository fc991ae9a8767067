using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;

namespace Fleet.Silo;

/// <summary>The engine itself, with its doors and its grains, killed as by kill -9 in the midst of what it is told.</summary>
public sealed class KillTests : IDisposable
{
    private const int Operators = 8;
    private readonly string data = Directory.CreateTempSubdirectory("fleet-kill-").FullName;

    /// <summary>Kills; FLEET_KILL_ROUNDS asks for more.</summary>
    private static int Rounds => int.Parse(Environment.GetEnvironmentVariable("FLEET_KILL_ROUNDS") ?? "20", CultureInfo.InvariantCulture);

    public void Dispose() => Directory.Delete(data, recursive: true);

    [Fact]
    public async Task What_an_engine_acknowledged_before_it_was_killed_is_done_and_audited_once()
    {
        var operators = Enumerable.Range(0, Operators).Select(number => new Operator($"shop-{number}")).ToArray();
        var key = "";
        for (var round = 1; round <= Rounds; round++)
        {
            await using var engine = await EngineProcess.Ready(data);
            key = engine.Key ?? key;
            using var http = engine.Http(data, key);
            foreach (var one in operators) await one.Look(http);

            var rest = 16 + (round * 37 % 200);
            var midst = new TaskCompletionSource();
            var telling = operators.Select(one => one.Tell(http, () => { if (Interlocked.Decrement(ref rest) == 0) midst.SetResult(); })).ToArray();
            Assert.Same(midst.Task, await Task.WhenAny(midst.Task, Task.WhenAll(telling)));
            await engine.Kill();
            await Task.WhenAll(telling);
        }

        await using var last = await EngineProcess.Ready(data);
        using var again = last.Http(data, key);
        foreach (var one in operators)
        {
            await one.Look(again);
            Assert.Equal(one.Expected, await one.Audited(again));
        }
        Assert.Contains("\"valid\": true", await again.GetStringAsync("/v1/audit:verify"), StringComparison.Ordinal);
    }

    /// <summary>Somebody who sets the budget of an application to 1, 2, 3 … for as long as the engine answers.</summary>
    private sealed class Operator(string application)
    {
        private readonly string budget = $"/v1/applications/{application}/budget";
        private int acknowledged;

        public IEnumerable<string> Expected => Enumerable.Range(1, acknowledged).Select(most => $"{(most == 1 ? "none" : most - 1)} -> {most}");

        /// <summary>Nothing acknowledged is missing; of what wasn't, all or nothing is there.</summary>
        public async Task Look(HttpClient http)
        {
            var most = (await http.GetFromJsonAsync<JsonElement>(budget)).GetProperty("maxOutOfService").GetInt32();
            Assert.InRange(most, acknowledged, acknowledged + 1);
            acknowledged = most;
        }

        public async Task Tell(HttpClient http, Action acknowledge)
        {
            try
            {
                while (true)
                {
                    using var answer = await http.PutAsJsonAsync(budget, new { maxOutOfService = acknowledged + 1, reason = "more" });
                    answer.EnsureSuccessStatusCode();
                    acknowledged++;
                    acknowledge();
                }
            }
            catch (HttpRequestException e) when (e.StatusCode is null) { }
        }

        public async Task<List<string>> Audited(HttpClient http)
        {
            var found = new List<string>();
            var page = "";
            do
            {
                var records = await http.GetFromJsonAsync<JsonElement>($"/v1/audit?subject=application:{application}&pageToken={Uri.EscapeDataString(page)}");
                found.AddRange(records.GetProperty("records").EnumerateArray().Select(r => r.GetProperty("evidence").GetString()!));
                page = records.GetProperty("nextPageToken").GetString()!;
            }
            while (page != "");
            return found;
        }
    }
}
