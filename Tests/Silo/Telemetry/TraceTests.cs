using System.Net.Http.Json;
using System.Text.Json;

namespace Fleet.Silo.Telemetry;

public sealed class TraceTests
{
    private const string Trace = "0af7651916cd43dd8448eb211c80319c";
    private const string Caller = "b7ad6b7169203331";

    [Fact]
    public async Task A_change_is_followed_from_its_request_over_grains_and_directive_to_the_steps_of_its_device()
    {
        await using var collector = await OtlpReceiver.Start();
        await using var fleet = await RunningFleet.Start("--otlp", collector.Url);
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/resources/one/instances/{RunningFleet.Instance}:apply")
        {
            Content = JsonContent.Create(new { requestId = "traced", image = "tiny", patch = "2", bake = "0s" }),
            Headers = { { "traceparent", $"00-{Trace}-{Caller}-01" } },
        };
        using var answer = await fleet.Http.SendAsync(request);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());

        string[] steps = ["agent Prepared", "agent Applied", "agent Effective", "agent Verified"];
        var spans = await collector.Trace(Trace, found => found.Any(s => s.Name == "change") && steps.Append("directive Commit").All(name => found.Any(s => s.Name == name)));

        var asked = Assert.Single(spans, s => s.Parent == Caller);
        Assert.StartsWith("POST /v1/resources/{resource}/instances/{instance}", asked.Name, StringComparison.Ordinal);
        Assert.Equal("200", asked.Tags["http.response.status_code"]);
        var decided = Assert.Single(spans, s => s.Name == "instance/Apply");
        Assert.Equal((asked.Id, $"instance/one/{RunningFleet.Instance}"), (decided.Parent, decided.Tags["fleet.grain"]));
        Assert.Contains(spans, s => s.Name == "resource/Send" && s.Parent == decided.Id);
        Assert.Contains(spans, s => s.Name == "audit/Append" && s.Parent == decided.Id);

        var change = Assert.Single(spans, s => s.Name == "change");
        Assert.Equal((asked.Id, "traced", "COMMITTED", Span.Ok), (change.Parent, change.Tags["fleet.change"], change.Tags["fleet.outcome"], change.Status));
        Assert.Equal(["REQUESTED", "ADMITTED", "PREPARED", "APPLIED", "EFFECTIVE", "VERIFIED", "COMMITTED"], change.Events);

        var directive = Assert.Single(spans, s => s.Name == "directive Apply");
        var told = steps.Select(name => Assert.Single(spans, s => s.Name == name)).ToArray();
        Assert.All([directive, .. told], s => Assert.Equal((asked.Id, "traced", $"one/{RunningFleet.Instance}"), (s.Parent, s.Tags["fleet.change"], s.Tags["fleet.instance"])));
        // One after the other, each as long as the device took for it, and all of it within the change.
        Assert.Equal(told.Select(s => s.End), told.Select(s => s.End).Order());
        Assert.All(told.Zip(told.Skip(1)), pair => Assert.Equal(pair.First.End, pair.Second.Start));
        Assert.InRange(told[0].Start, change.Start, directive.End);
        Assert.InRange(told[^1].End, told[0].Start + 1, change.End);
        Assert.DoesNotContain(spans, s => s.Name.Contains("Connect", StringComparison.Ordinal));

        await fleet.EndEngine();
        Assert.NotEqual(0, collector.Metrics);
    }

    [Fact]
    public async Task What_is_logged_of_a_change_and_a_rollout_names_them_and_their_trace()
    {
        await using var fleet = await RunningFleet.Start();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/rollouts")
        {
            Content = JsonContent.Create(new { rollout = "r1", spec = new { image = "tiny", patch = "2", waves = new[] { 100 }, bake = "0s", waveBake = "0s" } }),
            Headers = { { "traceparent", $"00-{Trace}-{Caller}-01" } },
        };
        using var answer = await fleet.Http.SendAsync(request);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        Assert.Equal(Protocol.V1.RolloutPhase.Succeeded, (await fleet.Client.Rollouts.WaitForEnd("r1")).Phase);

        var lines = (await fleet.EndEngine()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        var committed = lines.Where(line => Field(line, "After") == "Committed" && Field(line, "Instance") is "one/web" or "two/web").ToArray();
        Assert.Equal(4, committed.Length);
        Assert.Equal(2, committed.Count(line => Field(line, "Change").Contains("r1", StringComparison.Ordinal) && line.GetProperty("Scopes").GetRawText().Contains(Trace, StringComparison.Ordinal)));
        Assert.Contains(lines, line => Field(line, "Rollout") == "r1" && Field(line, "After") == "Succeeded");
        Assert.All(lines, line => Assert.EndsWith("Z", line.GetProperty("Timestamp").GetString()!, StringComparison.Ordinal));
    }

    private static string Field(JsonElement line, string name) =>
        line.TryGetProperty("State", out var state) && state.TryGetProperty(name, out var value) ? value.ToString() : "";
}
