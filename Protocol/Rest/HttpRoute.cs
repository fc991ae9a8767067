using System.Collections.Immutable;
using Google.Api;
using Google.Protobuf.Reflection;

namespace Fleet.Protocol.Rest;

/// <summary>Where one method of the contract is found over REST, read from its google.api.http annotation.</summary>
/// <param name="Verb">GET, POST, …</param>
/// <param name="Path">The template, e.g. <c>/v1/resources/{resource}/instances/{instance}:apply</c>.</param>
/// <param name="Variables">The request's fields that the path holds.</param>
/// <param name="HasBody">Whether all other fields are in the body; otherwise they are query parameters.</param>
public sealed record HttpRoute(string Verb, string Path, ImmutableArray<FieldDescriptor> Variables, bool HasBody)
{
    /// <summary>The route of a method; null when it is served as gRPC alone.</summary>
    /// <exception cref="NotSupportedException">The annotation uses more of the notation than this binder knows.</exception>
    public static HttpRoute? Of(MethodDescriptor method)
    {
        if (method.GetOptions()?.GetExtension(AnnotationsExtensions.Http) is not { } rule) return null;

        var (verb, path) = rule.PatternCase switch
        {
            HttpRule.PatternOneofCase.Get => ("GET", rule.Get),
            HttpRule.PatternOneofCase.Put => ("PUT", rule.Put),
            HttpRule.PatternOneofCase.Post => ("POST", rule.Post),
            HttpRule.PatternOneofCase.Delete => ("DELETE", rule.Delete),
            HttpRule.PatternOneofCase.Patch => ("PATCH", rule.Patch),
            _ => throw new NotSupportedException($"{method.FullName}: custom verbs are not known"),
        };
        if (rule.Body is not ("" or "*")) throw new NotSupportedException($"{method.FullName}: a body is '*' or nothing, not '{rule.Body}'");
        if (rule.AdditionalBindings.Count > 0) throw new NotSupportedException($"{method.FullName}: one path for each method");
        return new HttpRoute(verb, path, [.. VariablesOf(path).Select(name => Variable(method, name))], rule.Body == "*");
    }

    private static IEnumerable<string> VariablesOf(string path) => path.Split('{').Skip(1).Select(part => part[..part.IndexOf('}', StringComparison.Ordinal)]);

    private static FieldDescriptor Variable(MethodDescriptor method, string name) =>
        method.InputType.FindFieldByName(name) is { FieldType: FieldType.String, IsRepeated: false } field
            ? field
            : throw new NotSupportedException($"{method.FullName}: path variable '{name}' must be a single string field of {method.InputType.Name}");
}
