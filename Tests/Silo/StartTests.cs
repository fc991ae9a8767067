using System.Net;
using System.Net.Sockets;

namespace Fleet.Silo;

public sealed class StartTests : IDisposable
{
    private readonly string data = Directory.CreateTempSubdirectory("fleet-silo-").FullName;

    public void Dispose() => Directory.Delete(data, recursive: true);

    [Fact]
    public async Task The_first_start_shows_a_key_that_works_and_the_second_shows_none()
    {
        string key;
        await using (var first = await EngineProcess.Ready(data))
        {
            key = first.Key!;
            Assert.Equal(HttpStatusCode.OK, (await first.Http(data, key).GetAsync("/v1/audit")).StatusCode);
            var (code, took) = await first.Terminate();
            Assert.Equal(0, code);
            Assert.InRange(took, TimeSpan.Zero, TimeSpan.FromSeconds(5));
        }

        await using var second = await EngineProcess.Ready(data);
        Assert.Null(second.Key);
        Assert.Equal("""{"status":"ready","checks":{"grains":"healthy","content":"healthy","storage":"healthy"}}""", await second.Http(data, key).GetStringAsync("/readyz"));
    }

    [Fact]
    public async Task What_was_acknowledged_is_there_after_a_kill()
    {
        string key;
        await using (var first = await EngineProcess.Ready(data))
        {
            key = first.Key!;
            using var token = await first.Http(data, key).PostAsync("/v1/resources/edge-1/enrolmentTokens", null);
            Assert.Equal(HttpStatusCode.OK, token.StatusCode);
        }

        await using var second = await EngineProcess.Ready(data);
        Assert.Contains("enrolment.offered", await second.Http(data, key).GetStringAsync("/v1/audit?subject=edge-1"), StringComparison.Ordinal);
        Assert.Contains("\"valid\": true", await second.Http(data, key).GetStringAsync("/v1/audit:verify"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_dashboard_of_Orleans_opens_to_operators_only()
    {
#if EMBEDDED
        Assert.Skip("the embedded engine has no dashboard of Orleans");
#endif
        await using var engine = await EngineProcess.Ready(data);
        using var http = engine.Http(data, engine.Key!);
        Assert.Contains("<title>Orleans Dashboard</title>", await http.GetStringAsync("/orleans/"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/orleans/DashboardCounters")).StatusCode);

        using var nobody = engine.Http(data, "fleet_somebody_else");
        Assert.Equal(HttpStatusCode.Unauthorized, (await nobody.GetAsync("/orleans/")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await nobody.GetAsync("/orleans/DashboardCounters")).StatusCode);
    }

    [Fact]
    public async Task A_data_directory_in_use_is_told_in_one_sentence()
    {
        await using var first = await EngineProcess.Ready(data);

        OneSentence("in use by process", await EngineProcess.Ends("--data", data, "--api-port", "0"));
    }

    [Fact]
    public async Task A_port_in_use_is_told_in_one_sentence()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;

        OneSentence("address already in use", await EngineProcess.Ends("--data", data, "--listen", "127.0.0.1", "--api-port", $"{port}", "--agents-port", "0", "--enrolment-port", "0"));
    }

    [Fact]
    public async Task A_damaged_database_and_a_damaged_key_are_told_in_one_sentence()
    {
        await File.WriteAllTextAsync(Path.Combine(data, "fleet.db"), "this is no database, whatever its name says, and it stays as it is");
        OneSentence("damaged", await EngineProcess.Ends("--data", data, "--api-port", "0"));
        Assert.StartsWith("this is no database", await File.ReadAllTextAsync(Path.Combine(data, "fleet.db")), StringComparison.Ordinal);

        await File.WriteAllTextAsync(Path.Combine(data, "authority.key"), "x");
        OneSentence("authority.key is no private key", await EngineProcess.Ends("--data", data, "--api-port", "0"));
    }

    [Fact]
    public async Task A_data_directory_that_cannot_be_made_is_told_in_one_sentence() =>
        OneSentence("/proc/fleet", await EngineProcess.Ends("--data", "/proc/fleet"));

    [Fact]
    public async Task A_publisher_key_that_is_none_is_told_in_one_sentence()
    {
        Directory.CreateDirectory(Path.Combine(data, "publishers"));
        await File.WriteAllTextAsync(Path.Combine(data, "publishers", "a.pem"), "x");

        OneSentence("a.pem", await EngineProcess.Ends("--data", data, "--listen", "127.0.0.1", "--api-port", "0", "--agents-port", "0", "--enrolment-port", "0"));
    }

    [Theory]
    [InlineData("--listen", "everywhere", "no address to listen on")]
    [InlineData("--api-port", "99999", "--api-port is 99999")]
    [InlineData("--api-port", "many", "ApiPort")]
    [InlineData("--config", "/nowhere/at/all.json", "/nowhere/at/all.json")]
#if EMBEDDED
    [InlineData("--cluster-storage", "UseDevelopmentStorage=true", "one process by itself")]
    [InlineData("--cluster-database", "Host=db", "one process by itself")]
#else
    [InlineData("--cluster-storage", "UseDevelopmentStorage=true", "built without Azure Storage")]
    [InlineData("--cluster-database", "Host=/nowhere", "The cluster's database can't be used")]
#endif
    public async Task A_setting_that_cannot_be_meant_is_named(string option, string value, string expected) =>
        OneSentence(expected, await EngineProcess.Ends("--data", data, option, value));

    [Fact]
    public async Task An_unknown_option_is_an_error_of_usage()
    {
        var (code, _, error) = await EngineProcess.Ends("--dta", data);

        Assert.Equal(64, code);
        Assert.StartsWith("Unknown option '--dta'.", error, StringComparison.Ordinal);
    }

    private static void OneSentence(string expected, (int Code, string Output, string Error) ended)
    {
        Assert.Equal(1, ended.Code);
        Assert.Contains(expected, ended.Error, StringComparison.Ordinal);
#if EMBEDDED
        var told = ended.Error.TrimEnd();
#else
        // Orleans logs what it does, an object a line; the sentence comes last.
        var told = string.Join('\n', ended.Error.TrimEnd().Split('\n').Where(line => !line.StartsWith('{')));
#endif
        Assert.Single(told.Split('\n'));
        Assert.DoesNotContain("   at ", told, StringComparison.Ordinal);
        Assert.Empty(ended.Output);
    }
}
