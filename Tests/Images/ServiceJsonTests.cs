using System.Text;
using System.Text.Json.Nodes;

namespace Fleet.Images;

public sealed class ServiceJsonTests
{
    private const string Least = """{"command":["/usr/sbin/nginx"],"ports":[{"name":"https","port":443}],"probe":{"kind":"http","port":"https"}}""";

    [Fact]
    public void What_is_left_out_has_its_default()
    {
        var service = Read(Least);

        Assert.Equal("/", service.WorkingDirectory);
        Assert.Empty(service.Environment);
        Assert.Empty(service.Volumes);
        Assert.Equal(new ServicePort("https", 443, "tcp"), Assert.Single(service.Ports));
        Assert.True(service.TwoMayRun);
        Assert.Equal(TimeSpan.FromSeconds(10), service.Drain);
        Assert.Equal("TERM", service.StopSignal);
        Assert.Equal(TimeSpan.FromSeconds(30), service.StartTimeout);
        Assert.Equal(new ServiceLimits(), service.Limits);
        Assert.Null(service.ReExec);
        Assert.Equal((200, 399, 3, "/"), (service.Probe.StatusFrom, service.Probe.StatusTo, service.Probe.Failures, service.Probe.Path));
        Assert.Equal(TimeSpan.FromSeconds(1), service.Probe.Interval);
    }

    [Fact]
    public void What_is_written_is_read_back()
    {
        var service = Sample.Service with
        {
            Environment = Sample.Service.Environment.Add("LANG", "C.UTF-8"),
            Volumes = [new ServiceVolume("logs", "/var/log/nginx")],
            ReExec = new ReExec(["/usr/local/sbin/again"], TimeSpan.FromSeconds(5)),
            TwoMayRun = false,
            Drain = TimeSpan.Zero,
            Limits = new ServiceLimits(0.5, 256 << 20, 100),
        };
        var json = ServiceJson.Write(service);
        Assert.Equal(json, ServiceJson.Write(ServiceJson.Read(json)));
        Assert.Equal(TimeSpan.Zero, ServiceJson.Read(json).Drain);
        Assert.False(ServiceJson.Read(json).TwoMayRun);
        Assert.Contains("\"kind\":\"http\"", Encoding.UTF8.GetString(json), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("command", "[]")]
    [InlineData("command", null)]
    [InlineData("command", """["nginx"]""")]
    [InlineData("command", """["/usr/../sbin/nginx"]""")]
    [InlineData("command", """["/usr/sbin/nginx", null]""")]
    [InlineData("probe", null)]
    [InlineData("probe.kind", null)]
    [InlineData("probe.kind", "\"icmp\"")]
    [InlineData("probe.kind", "7")]
    [InlineData("probe.port", "\"http\"")]
    [InlineData("probe.port", null)]
    [InlineData("probe.path", "\"health\"")]
    [InlineData("probe.path", "\"/he alth\"")]
    [InlineData("probe.statusFrom", "500")]
    [InlineData("probe.statusFrom", "99")]
    [InlineData("probe.interval", "\"00:00:00\"")]
    [InlineData("probe.interval", "\"soon\"")]
    [InlineData("probe.timeout", "\"-00:00:01\"")]
    [InlineData("probe.failures", "0")]
    [InlineData("ports", """[{"name":"https","port":443},{"name":"https","port":444}]""", "ports[1].name")]
    [InlineData("ports", """[{"name":"https","port":443},{"name":"other","port":443}]""", "ports[1].port")]
    [InlineData("ports", """[{"name":"https","port":0}]""", "ports[0].port")]
    [InlineData("ports", """[{"name":"https","port":65536}]""", "ports[0].port")]
    [InlineData("ports", """[{"name":"HTTPS","port":443}]""", "ports[0].name")]
    [InlineData("ports", """[{"name":"https","port":443,"protocol":"sctp"}]""", "ports[0].protocol")]
    [InlineData("ports", """[{"name":"https","port":443,"protocol":"udp"}]""", "probe.port")]
    [InlineData("volumes", """[{"name":"a","path":"var"}]""", "volumes[0].path")]
    [InlineData("volumes", """[{"name":"a","path":"/"}]""", "volumes[0].path")]
    [InlineData("volumes", """[{"name":"a","path":"/proc/x"}]""", "volumes[0].path")]
    [InlineData("volumes", """[{"name":"a","path":"/a/../b"}]""", "volumes[0].path")]
    [InlineData("volumes", """[{"name":"a","path":"/a"},{"name":"b","path":"/a/b"}]""", "volumes[1].path")]
    [InlineData("volumes", """[{"name":"a","path":"/a"},{"name":"a","path":"/b"}]""", "volumes[1].name")]
    [InlineData("volumes", """[{"name":"../a","path":"/a"}]""", "volumes[0].name")]
    [InlineData("environment", """{"A=B":"x"}""")]
    [InlineData("environment", "null")]
    [InlineData("workingDirectory", "\"tmp\"")]
    [InlineData("stopSignal", "\"SIGTERM\"")]
    [InlineData("stopTimeout", "\"00:00:00\"")]
    [InlineData("startTimeout", "\"2.00:00:00\"")]
    [InlineData("drain", "\"-00:00:01\"")]
    [InlineData("limits.cpus", "0")]
    [InlineData("limits.memoryBytes", "-1")]
    [InlineData("limits.processes", "0")]
    [InlineData("reExec", """{"command":[],"timeout":"00:00:05"}""", "reExec.command")]
    [InlineData("reExec", """{"command":["/x"],"timeout":"00:00:00"}""", "reExec.timeout")]
    [InlineData("reexec", "{}")]
    public void A_wrong_member_is_named(string path, string? value, string? named = null)
    {
        var root = JsonNode.Parse(ServiceJson.Write(Sample.Service))!;
        var parts = path.Split('.');
        var parent = parts[..^1].Aggregate(root, (node, part) => node[part]!).AsObject();
        parent.Remove(parts[^1]);
        if (value is not null) parent[parts[^1]] = JsonNode.Parse(value);

        var e = Assert.Throws<ContentException>(() => Read(root.ToJsonString()));

        Assert.Equal(ContentFault.Malformed, e.Fault);
        Assert.Contains(named ?? parts[^1], e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("7")]
    [InlineData("{\"command\":")]
    public void What_is_no_object_is_refused(string text) => Assert.Throws<ContentException>(() => Read(text));

    private static ServiceDefinition Read(string json) => ServiceJson.Read(Encoding.UTF8.GetBytes(json));
}
