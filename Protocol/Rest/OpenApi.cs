using System.Text.Json.Nodes;
using Google.Api;
using Google.Protobuf.Reflection;

namespace Fleet.Protocol.Rest;

/// <summary>The OpenAPI 3.1 document of the contract's services, made from the same descriptors that serve them.</summary>
public static class OpenApi
{
    /// <summary>Describes every method of these services that has a path.</summary>
    public static JsonObject Document(string title, string version, params IReadOnlyList<ServiceDescriptor> services)
    {
        var comments = ContractComments.Read();
        var schemas = new OpenApiSchemas(comments);
        var paths = new JsonObject();
        foreach (var method in services.SelectMany(s => s.Methods))
        {
            if (HttpRoute.Of(method) is not { } route) continue;
            if (!paths.ContainsKey(route.Path)) paths[route.Path] = new JsonObject();
            paths[route.Path]![route.Verb.ToLowerInvariant()] = Operation(method, route, comments, schemas);
        }

        return new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject { ["title"] = title, ["version"] = version },
            ["tags"] = new JsonArray([.. services.Select(s => new JsonObject { ["name"] = s.Name, ["description"] = comments[s] })]),
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["schemas"] = WithProblem(schemas.All()),
                ["securitySchemes"] = new JsonObject { ["key"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer" } },
            },
            ["security"] = new JsonArray(new JsonObject { ["key"] = new JsonArray() }),
        };
    }

    private static JsonObject Operation(MethodDescriptor method, HttpRoute route, ContractComments comments, OpenApiSchemas schemas)
    {
        var query = route.HasBody ? [] : method.InputType.Fields.InDeclarationOrder().Where(f => !route.Variables.Contains(f));
        var operation = new JsonObject
        {
            ["operationId"] = $"{method.Service.Name}_{method.Name}",
            ["tags"] = new JsonArray(method.Service.Name),
            ["description"] = comments[method],
            ["parameters"] = new JsonArray(
            [
                .. route.Variables.Select(f => Parameter(f, f.Name, "path", schemas)),
                .. query.Select(f => Parameter(f, f.JsonName, "query", schemas)),
            ]),
        };
        if (route.HasBody)
            operation["requestBody"] = new JsonObject { ["content"] = Content("application/json", schemas.Body(method.InputType, route.Variables)) };
        operation["responses"] = new JsonObject
        {
            ["200"] = method switch
            {
                _ when method.OutputType.FullName == HttpBody.Descriptor.FullName => new JsonObject { ["description"] = "The bytes.", ["content"] = Content("*/*", []) },
                { IsServerStreaming: true } => new JsonObject { ["description"] = "Server-sent events; the data of each is the message.", ["content"] = Content("text/event-stream", schemas.Reference(method.OutputType)) },
                _ => new JsonObject { ["description"] = "Done.", ["content"] = Content("application/json", schemas.Reference(method.OutputType)) },
            },
            ["default"] = new JsonObject { ["description"] = "Refused or failed, with the reason.", ["content"] = Content(Problem.ContentType, new JsonObject { ["$ref"] = "#/components/schemas/Problem" }) },
        };
        return operation;
    }

    private static JsonObject Parameter(FieldDescriptor field, string name, string place, OpenApiSchemas schemas) => new()
    {
        ["name"] = name,
        ["in"] = place,
        ["required"] = place == "path",
        ["schema"] = schemas.Field(field),
    };

    private static JsonObject Content(string type, JsonObject schema) => new() { [type] = new JsonObject { ["schema"] = schema } };

    private static JsonObject WithProblem(JsonObject schemas)
    {
        static JsonObject Text(string description) => new() { ["type"] = "string", ["description"] = description };
        schemas["Problem"] = new JsonObject
        {
            ["type"] = "object",
            ["description"] = "RFC 9457.",
            ["required"] = new JsonArray("type", "title", "status", "detail", "reason"),
            ["properties"] = new JsonObject
            {
                ["type"] = new JsonObject { ["type"] = "string", ["format"] = "uri-reference" },
                ["title"] = Text("The HTTP status in words."),
                ["status"] = new JsonObject { ["type"] = "integer" },
                ["detail"] = Text("What happened, for people."),
                ["reason"] = Text("A word for programs."),
                ["errors"] = new JsonObject
                {
                    ["type"] = "array",
                    ["items"] = new JsonObject
                    {
                        ["type"] = "object",
                        ["required"] = new JsonArray("field", "message"),
                        ["properties"] = new JsonObject { ["field"] = Text("The malformed field."), ["message"] = Text("What is wrong with it.") },
                    },
                },
            },
        };
        return schemas;
    }
}
