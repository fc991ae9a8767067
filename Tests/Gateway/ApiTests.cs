using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Fleet.Images;
using Fleet.Instances;
using Google.Protobuf;

namespace Fleet.Gateway;

public sealed class ApiTests(TestGateway gateway) : IClassFixture<TestGateway>
{
    [Fact]
    public async Task REST_and_gRPC_give_the_same_answer()
    {
        gateway.Grains.Instance("edge-1/same").View = View("edge-1/same") with { Generation = 7, Health = Health.Unhealthy, HealthDetail = "no answer" };

        var grpc = await Instances.GetInstanceAsync(new Wire.GetInstanceRequest { Resource = "edge-1", Instance = "same" });
        using var rest = await gateway.Http().GetAsync("/v1/resources/edge-1/instances/same");

        Assert.Equal("application/json", rest.Content.Headers.ContentType?.MediaType);
        Assert.Equal(grpc, JsonParser.Default.Parse<Wire.Instance>(await rest.Content.ReadAsStringAsync()));
        Assert.Equal((7ul, Wire.Health.Unhealthy, "no answer"), (grpc.Generation, grpc.Health, grpc.HealthDetail));
    }

    [Fact]
    public async Task A_body_and_a_path_make_one_request_and_the_request_id_names_the_change()
    {
        var body = """{"requestId":"my-change","image":"web","patch":"fix-1","bake":"2.5s","deadline":"60s","ports":[{"hostPort":8080,"servicePort":"http"}],"reason":"why not"}""";
        using var response = await Post("/v1/resources/edge-1/instances/applied:apply", body);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var change = JsonParser.Default.Parse<Wire.Change>(await response.Content.ReadAsStringAsync());
        Assert.Equal(("my-change", "edge-1", "applied", "administrator"), (change.Id, change.Resource, change.Instance, change.RequestedBy));
        Assert.True(gateway.Grains.Instance("edge-1/applied").Calls.Reader.TryRead(out var call));
        var apply = Assert.IsType<ApplyPatch>(call);
        Assert.Equal((TimeSpan.FromSeconds(2.5), TimeSpan.Zero, TimeSpan.FromMinutes(1)), (apply.Bake, apply.KeepOld, apply.Within));
        Assert.Equal([new PortMapping(8080, "http")], apply.Ports);
    }

    [Fact]
    public async Task Without_a_request_id_every_call_names_another_change()
    {
        var ids = new HashSet<string>();
        for (var i = 0; i < 3; i++)
            ids.Add((await Instances.RollBackAsync(new Wire.RollBackRequest { Resource = "edge-1", Instance = "chosen" })).Id);

        Assert.Equal(3, ids.Count);
        Assert.DoesNotContain("", ids);
    }

    public static TheoryData<string, string, string> Malformed => new()
    {
        { "/v1/resources/edge-1/instances/web:apply", """{"image":"web","patch":"fix","colour":"red"}""", "colour" },
        { "/v1/resources/edge-1/instances/web:apply", """{"image":"web","patch":"fix","ports":[{"hostPort":80,"servicePort":"a"},{"hostPort":"many"}]}""", "ports[1].hostPort" },
        { "/v1/resources/edge-1/instances/web:apply", """{"image":"web","patch":"fix","ports":[{"hostPort":80,"servicePort":"a"},{"port":81}]}""", "ports[1].port" },
        { "/v1/resources/edge-1/instances/web:apply", """{"image":"web","patch":"fix","bake":"soon"}""", "bake" },
        { "/v1/resources/edge-1/instances/web:apply", """{"image":"web","patch":"fix","bake":"-1s"}""", "bake" },
        { "/v1/resources/edge-1/instances/web:apply", """{"image":"web","patch":"fix","bake":"315576000000s"}""", "bake" },
        { "/v1/resources/edge-1/instances/web:apply", """{"image":"web","patch":"fix","bake":"20s","deadline":"10s"}""", "deadline" },
        { "/v1/resources/edge-1/instances/web:apply", """{"image":"web","patch":"fix","ports":[{"hostPort":70000,"servicePort":"a"}]}""", "ports[0].hostPort" },
        { "/v1/resources/edge-1/instances/web:apply", """{"image":"WEB","patch":"fix"}""", "image" },
        { "/v1/resources/edge-1/instances/web:apply", """{"image":"web"}""", "patch" },
        { "/v1/resources/edge-1/instances/web:apply", """{"image":7,"patch":"fix"}""", "image" },
        { "/v1/resources/edge-1/instances/web:apply", """{"resource":"edge-2","image":"web","patch":"fix"}""", "resource" },
        { "/v1/resources/edge-1/instances/web:apply", """{"image":"web","patch":"fix","requestId":"no spaces"}""", "requestId" },
        { "/v1/resources/Edge%201/instances/web:rollBack", "{}", "resource" },
        { "/v1/resources/edge-1/enrolmentTokens", """{"validFor":"999999999s"}""", "validFor" },
        { "/v1/images/web/patches", """{"envelope":"!!"}""", "envelope" },
        { "/v1/images/web/versions", """{"version":"1","digest":"sha256:12"}""", "digest" },
        { "/v1/images/web/versions", "[]", "" },
        { "/v1/images/web/versions", """{"version":"1","version":"2"}""", "" },
        { "/v1/images/web/versions", "{", "" },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public async Task A_malformed_request_is_answered_with_the_name_of_the_field(string path, string body, string field)
    {
        using var response = await Post(path, body);

        var problem = await Json.Problem(response);
        Assert.Equal((400, "REQUEST_INVALID", "Bad Request", "about:blank"), (problem.Status, problem.Reason, problem.Title, problem.Type));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(field, Assert.Single(problem.Errors!.Value).Field);
        Assert.NotEmpty(problem.Detail);
    }

    [Fact]
    public async Task All_malformed_fields_are_named_at_once_and_alike_over_gRPC()
    {
        var refusal = await AccessTests.Refused(StatusCode.InvalidArgument, "REQUEST_INVALID",
            () => Instances.ApplyAsync(new Wire.ApplyRequest { Resource = "edge-1", Instance = "UP", Patch = "-", Image = "" }).ResponseAsync);
        using var response = await Post("/v1/resources/edge-1/instances/UP:apply", """{"patch":"-","image":""}""");
        var problem = await Json.Problem(response);

        Assert.Equal(["instance", "image", "patch"], refusal.Errors.Select(e => e.Field));
        Assert.Equal(refusal.Errors, problem.Errors!.Value);
        Assert.Equal(refusal.Detail, problem.Detail);
    }

    [Theory]
    [InlineData("/v1/audit?pageSize=many", "pageSize")]
    [InlineData("/v1/audit?pageSize=1001", "pageSize")]
    [InlineData("/v1/audit?color=red", "color")]
    [InlineData("/v1/audit?subject=a&subject=b", "subject")]
    public async Task A_malformed_query_parameter_is_named(string path, string field)
    {
        using var response = await gateway.Http().GetAsync(path);

        Assert.Equal(field, Assert.Single((await Json.Problem(response)).Errors!.Value).Field);
    }

    [Fact]
    public async Task What_the_grain_refuses_keeps_its_reason_and_its_kind()
    {
        var instance = gateway.Grains.Instance("edge-1/refusing");
        foreach (var (kind, grpc, http) in new[]
        {
            (ChangeAnswerKind.Refused, StatusCode.FailedPrecondition, HttpStatusCode.UnprocessableEntity),
            (ChangeAnswerKind.Busy, StatusCode.Aborted, HttpStatusCode.Conflict),
            (ChangeAnswerKind.NotFound, StatusCode.NotFound, HttpStatusCode.NotFound),
        })
        {
            instance.NextAnswer = new ChangeAnswer(kind, null, "SOME_REASON", "because");
            var refusal = await AccessTests.Refused(grpc, "SOME_REASON", () => Instances.RollBackAsync(new Wire.RollBackRequest { Resource = "edge-1", Instance = "refusing" }).ResponseAsync);
            using var response = await Post("/v1/resources/edge-1/instances/refusing:rollBack", "");
            var problem = await Json.Problem(response);

            Assert.Equal(http, response.StatusCode);
            Assert.Equal(("SOME_REASON", "because", "because"), (problem.Reason, problem.Detail, refusal.Detail));
        }
    }

    [Fact]
    public async Task An_unknown_kind_of_patch_is_422_with_its_reason()
    {
        gateway.Grains.Image("web").OnPatch = _ => new PublishAnswer(PublishAnswerKind.Refused, "KIND_UNKNOWN", "kind 'magic' is not known");
        using var response = await Post("/v1/images/web/patches", """{"envelope":"e30="}""");

        Assert.Equal(HttpStatusCode.UnprocessableEntity, response.StatusCode);
        Assert.Equal("KIND_UNKNOWN", (await Json.Problem(response)).Reason);
        await AccessTests.Refused(StatusCode.FailedPrecondition, "KIND_UNKNOWN", () => new Wire.Images.ImagesClient(gateway.Grpc(gateway.ApiPort, key: gateway.Key))
            .PublishPatchAsync(new Wire.PublishPatchRequest { Image = "web", Envelope = ByteString.CopyFromUtf8("{}") }).ResponseAsync);
    }

    [Fact]
    public async Task A_request_that_is_too_large_is_refused_on_both_ways()
    {
        // A client that waits for the word to go on reads the refusal; another may find the connection closed while it writes.
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/images/web/patches") { Headers = { ExpectContinue = true } };
        request.Content = new StringContent($$"""{"envelope":"{{new string('A', 1 << 20)}}"}""", Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        using var response = await gateway.Http().SendAsync(request);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Equal("REQUEST_TOO_LARGE", (await Json.Problem(response)).Reason);
        var refused = await Assert.ThrowsAsync<RpcException>(() => new Wire.Images.ImagesClient(gateway.Grpc(gateway.ApiPort, key: gateway.Key))
            .PublishPatchAsync(new Wire.PublishPatchRequest { Image = "web", Envelope = ByteString.CopyFrom(new byte[(1 << 20) + 1]) }).ResponseAsync);
        Assert.Equal(StatusCode.ResourceExhausted, refused.StatusCode);
    }

    [Fact]
    public async Task Another_content_type_another_method_and_another_path_are_problems_too()
    {
        using var http = gateway.Http();
        using var form = await http.PostAsync("/v1/images/web/patches", new StringContent("a=b", Encoding.UTF8, "application/x-www-form-urlencoded"));
        using var method = await http.DeleteAsync("/v1/images/web");
        using var path = await http.GetAsync("/v1/nothing");

        Assert.Equal((415, "CONTENT_TYPE_UNKNOWN"), ((int)form.StatusCode, (await Json.Problem(form)).Reason));
        Assert.Equal((405, "METHOD_NOT_ALLOWED"), ((int)method.StatusCode, (await Json.Problem(method)).Reason));
        Assert.Equal((404, "PATH_UNKNOWN"), ((int)path.StatusCode, (await Json.Problem(path)).Reason));
    }

    [Theory]
    [InlineData("/v1/images/nothing", "IMAGE_UNKNOWN")]
    [InlineData("/v1/images/web/patches/nothing", "PATCH_UNKNOWN")]
    [InlineData("/v1/resources/nobody", "RESOURCE_UNKNOWN")]
    [InlineData("/v1/resources/edge-1/instances/nothing", "INSTANCE_UNKNOWN")]
    [InlineData("/v1/resources/edge-1/instances/nothing/changes/c1", "CHANGE_UNKNOWN")]
    [InlineData("/v1/resources/edge-1/instances/nothing:watch", "INSTANCE_UNKNOWN")]
    public async Task What_is_not_there_says_so(string path, string reason)
    {
        using var response = await gateway.Http().GetAsync(path);

        Assert.Equal((404, reason), ((int)response.StatusCode, (await Json.Problem(response)).Reason));
    }

    [Fact]
    public async Task A_failure_inside_is_told_without_its_details()
    {
        gateway.Grains.Image("broken").OnPatch = _ => throw new InvalidOperationException("secret of the house");
        using var response = await Post("/v1/images/broken/patches", """{"envelope":"e30="}""");

        var problem = await Json.Problem(response);
        Assert.Equal((500, "INTERNAL"), (problem.Status, problem.Reason));
        Assert.DoesNotContain("secret", problem.ToJson(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Images_that_never_were_uploaded_are_not_published()
    {
        using var response = await Post("/v1/images/web/versions", $$"""{"version":"1.0","digest":"{{Digest.Of("nothing"u8)}}"}""");

        Assert.Equal((422, "CONTENT_MISSING"), ((int)response.StatusCode, (await Json.Problem(response)).Reason));
    }

    private Wire.Instances.InstancesClient Instances => new(gateway.Grpc(gateway.ApiPort, key: gateway.Key));

    internal static InstanceView View(string id) => new() { Id = InstanceId.Parse(id), Exists = true };

    private Task<HttpResponseMessage> Post(string path, string body) =>
        gateway.Http().PostAsync(path, new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json")));
}
