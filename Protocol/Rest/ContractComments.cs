using System.Collections.Frozen;
using System.Text.RegularExpressions;
using Google.Api;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Fleet.Protocol.Rest;

/// <summary>The comments of the contract by full name; they travel in a description of the contract beside the generated code.</summary>
internal sealed partial class ContractComments
{
    private readonly FrozenDictionary<string, string> byName;

    private ContractComments(IEnumerable<IDescriptor> described) => byName = described
        .Select(d => (d.FullName, Text: TextOf(d)))
        .Where(d => d.Text.Length > 0)
        .ToFrozenDictionary(d => d.FullName, d => d.Text);

    /// <summary>What the contract says of this service, method, message, field or value; empty when it says nothing.</summary>
    public string this[IDescriptor described] => byName.GetValueOrDefault(described.FullName, "");

    public static ContractComments Read()
    {
        using var resource = typeof(ContractComments).Assembly.GetManifestResourceStream("contract.pb")
            ?? throw new InvalidOperationException("the contract's description is missing from the assembly");
        var set = FileDescriptorSet.Parser.ParseFrom(resource);
        var files = FileDescriptor.BuildFromByteStrings(set.File.Select(f => f.ToByteString()), new ExtensionRegistry { AnnotationsExtensions.Http });
        return new ContractComments(files.Where(f => f.Package == "fleet.v1").SelectMany(Described));
    }

    private static IEnumerable<IDescriptor> Described(FileDescriptor file) =>
    [
        .. file.Services.Cast<IDescriptor>(),
        .. file.Services.SelectMany(s => s.Methods),
        .. file.MessageTypes.SelectMany(m => m.Fields.InDeclarationOrder().Cast<IDescriptor>().Prepend(m)),
        .. file.EnumTypes.SelectMany(e => e.Values.Cast<IDescriptor>().Prepend(e)),
    ];

    private static string TextOf(IDescriptor described) => Spaces().Replace((described switch
    {
        ServiceDescriptor service => service.Declaration,
        MethodDescriptor method => method.Declaration,
        MessageDescriptor message => message.Declaration,
        FieldDescriptor field => field.Declaration,
        EnumDescriptor type => type.Declaration,
        EnumValueDescriptor value => value.Declaration,
        _ => null,
    })?.LeadingComments ?? "", " ").Trim();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
