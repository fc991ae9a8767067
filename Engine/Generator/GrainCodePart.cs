using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace Fleet.Engine.Generator;

/// <summary>What one interface or class contributes. Compared by value, so that what did not change is not written again.</summary>
internal sealed record GrainCodePart(string Name, string? Source, string? Registration, ImmutableArray<Problem> Problems)
{
    public bool Equals(GrainCodePart? other) =>
        other is not null && Name == other.Name && Source == other.Source && Registration == other.Registration && Problems.SequenceEqual(other.Problems);

    public override int GetHashCode() => Name.GetHashCode();
}

/// <summary>Something that cannot be called through a reference, and where it stands.</summary>
internal sealed record Problem(string Id, string Message, string File, TextSpan Span, LinePositionSpan Lines)
{
    public static Problem At(ISymbol symbol, string id, string message)
    {
        var location = symbol.Locations.FirstOrDefault(place => place.IsInSource) ?? Location.None;
        return new Problem(id, message, location.SourceTree?.FilePath ?? "", location.SourceSpan, location.GetLineSpan().Span);
    }

    public Diagnostic ToDiagnostic()
    {
        var descriptor = new DiagnosticDescriptor(Id, "Not callable through a grain reference", "{0}", "Fleet.Engine", DiagnosticSeverity.Error, isEnabledByDefault: true);
        return Diagnostic.Create(descriptor, File.Length == 0 ? Location.None : Location.Create(File, Span, Lines), Message);
    }
}
