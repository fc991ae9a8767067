using System.Text.Json;
using Fleet.Protocol.Rest;
using Google.Protobuf.Reflection;

namespace Fleet.Gateway;

public sealed class OpenApiTests
{
    private static readonly IReadOnlyList<ServiceDescriptor> Services = Api.ApiHosting.Services;
    private static readonly JsonElement Document = JsonDocument.Parse(OpenApi.Document("Fleet", "1.0", Services).ToJsonString()).RootElement;

    [Fact]
    public void Every_call_of_the_contract_has_its_operation_with_all_its_fields()
    {
        Assert.StartsWith("3.1.", Document.GetProperty("openapi").GetString(), StringComparison.Ordinal);
        foreach (var method in Services.SelectMany(s => s.Methods))
        {
            var operation = Operation(method);
            var parameters = operation.GetProperty("parameters").EnumerateArray().Select(p => p.GetProperty("name").GetString()!).ToList();
            var body = operation.TryGetProperty("requestBody", out var request)
                ? request.GetProperty("content").GetProperty("application/json").GetProperty("schema").GetProperty("properties").EnumerateObject().Select(p => p.Name)
                : [];
            Assert.Equal(method.InputType.Fields.InDeclarationOrder().Select(f => f.JsonName).Order(), parameters.Concat(body).Order());
        }
    }

    [Fact]
    public void Every_reference_leads_to_a_schema()
    {
        var schemas = Document.GetProperty("components").GetProperty("schemas").EnumerateObject().Select(s => $"#/components/schemas/{s.Name}").ToHashSet();
        var references = References(Document).ToArray();

        Assert.NotEmpty(references);
        Assert.All(references, r => Assert.Contains(r, schemas));
        Assert.Contains("#/components/schemas/InstanceReport", references);
    }

    [Fact]
    public void Every_variable_of_a_path_is_a_required_parameter_and_operation_ids_are_unique()
    {
        var ids = new List<string>();
        foreach (var path in Document.GetProperty("paths").EnumerateObject())
        foreach (var operation in path.Value.EnumerateObject())
        {
            ids.Add(operation.Value.GetProperty("operationId").GetString()!);
            var declared = operation.Value.GetProperty("parameters").EnumerateArray()
                .Where(p => p.GetProperty("in").GetString() == "path" && p.GetProperty("required").GetBoolean())
                .Select(p => $"{{{p.GetProperty("name").GetString()}}}");
            Assert.Equal(path.Name.Split('/').SelectMany(s => s.Split(':')).Where(s => s.StartsWith('{')), declared);
        }

        Assert.Equal(ids.Count, ids.Distinct().Count());
    }

    [Fact]
    public void The_contracts_comments_are_its_descriptions()
    {
        Assert.Contains("safe to repeat", Operation(Wire.Instances.Descriptor.FindMethodByName("Apply")).GetProperty("description").GetString(), StringComparison.Ordinal);
        var phase = Document.GetProperty("components").GetProperty("schemas").GetProperty("ChangePhase");
        Assert.Contains("Traffic reaches the new stack.", phase.GetProperty("description").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_service_that_operators_call_is_described()
    {
        var called = typeof(Api.ApiHosting).Assembly.GetTypes()
            .Where(t => t is { IsClass: true, IsAbstract: false, Namespace: "Fleet.Gateway.Api" })
            .Select(t => t.BaseType?.GetCustomAttributes(typeof(BindServiceMethodAttribute), true).SingleOrDefault())
            .OfType<BindServiceMethodAttribute>()
            .Select(b => (ServiceDescriptor)b.BindType.GetProperty("Descriptor")!.GetValue(null)!);

        Assert.Equal(called.Select(d => d.FullName).Order(), Services.Select(d => d.FullName).Order());
    }

    [Fact]
    public void Every_service_and_operation_says_what_it_is_for()
    {
        Assert.All(Document.GetProperty("tags").EnumerateArray(), t => Assert.NotEmpty(t.GetProperty("description").GetString()!));
        Assert.All(Services.SelectMany(s => s.Methods), m => Assert.True(Operation(m).GetProperty("description").GetString() is { Length: > 0 }, m.FullName));
    }

    [Fact]
    public void A_map_is_an_object_of_its_values()
    {
        var labels = Document.GetProperty("components").GetProperty("schemas").GetProperty("Selector").GetProperty("properties").GetProperty("labels");

        Assert.Equal("object", labels.GetProperty("type").GetString());
        Assert.Equal("string", labels.GetProperty("additionalProperties").GetProperty("type").GetString());
    }

    [Fact]
    public async Task The_engine_serves_it_without_a_key()
    {
        await using var gateway = new TestGateway();
        await gateway.Start();
        using var response = await gateway.Client(gateway.ApiPort).GetAsync("/openapi/v1.json");

        Assert.Equal("Fleet", JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("info").GetProperty("title").GetString());
    }

    private static JsonElement Operation(MethodDescriptor method)
    {
        var route = HttpRoute.Of(method)!;
        return Document.GetProperty("paths").GetProperty(route.Path).GetProperty(route.Verb.ToLowerInvariant());
    }

    private static IEnumerable<string> References(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(p => p.Name == "$ref" ? [p.Value.GetString()!] : References(p.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(References),
        _ => [],
    };
}
