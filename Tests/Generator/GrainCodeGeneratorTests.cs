using Fleet.Engine.Generator;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Fleet.Engine.Tests;

public sealed class GrainCodeGeneratorTests
{
    private static readonly MetadataReference[] References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path)),
    ];

    [Theory]
    [InlineData("Task Do();")]
    [InlineData("Task<int> Do(string? text, int? number);")]
    [InlineData("ValueTask Do(IThing other);")]
    [InlineData("ValueTask<(int Count, List<string?> Names)> Do(CancellationToken cancellation);")]
    [InlineData("[ReadOnly, AlwaysInterleave] Task Do(); [OneWay] Task Do(int again); [ResponseTimeout(\"00:00:05\")] Task @class(int @new);")]
    public void What_can_be_called_through_a_reference_compiles(string members)
    {
        var (problems, compiled) = Generate($"public interface IThing : IGrainWithStringKey {{ {members} }}");

        Assert.Empty(problems);
        Assert.Empty(compiled.GetDiagnostics().Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error));
    }

    [Theory]
    [InlineData("void Do();", "FLEET001", "IThing.Do returns void")]
    [InlineData("int Do();", "FLEET001", "IThing.Do returns int")]
    [InlineData("IAsyncEnumerable<int> Do();", "FLEET001", "IThing.Do returns System.Collections.Generic.IAsyncEnumerable<int>")]
    [InlineData("Task Do(ref int number);", "FLEET002", "IThing.Do takes number by reference")]
    [InlineData("Task Do<T>(T thing);", "FLEET003", "IThing.Do is generic")]
    [InlineData("Task Do(CancellationToken one, CancellationToken two);", "FLEET004", "several cancellation tokens")]
    [InlineData("Task<int> Count { get; }", "FLEET006", "IThing.Count is a property")]
    public void What_cannot_be_called_through_a_reference_is_an_error_at_its_place(string members, string id, string message)
    {
        var (problems, _) = Generate($"public interface IThing : IGrainWithStringKey {{ {members} }}");

        var problem = Assert.Single(problems);
        Assert.Equal(id, problem.Id);
        Assert.Contains(message, problem.GetMessage(), StringComparison.Ordinal);
        Assert.Equal(7, problem.Location.GetLineSpan().StartLinePosition.Line);
    }

    [Theory]
    [InlineData("internal interface IThing<T> : IGrainWithStringKey;", "FLEET003")]
    [InlineData("internal class Outer { private interface IThing : IGrainWithStringKey; }", "FLEET005")]
    [InlineData("internal interface IThing : IGrainWithStringKey; internal class Outer { private class Thing : Grain, IThing; }", "FLEET005")]
    [InlineData("internal interface IThing : IGrainWithStringKey; internal class Thing<T> : Grain, IThing;", "FLEET003")]
    public void Types_that_the_engine_could_not_make_are_errors(string source, string id) => Assert.Equal(id, Assert.Single(Generate(source).Problems).Id);

    [Fact]
    public void An_observer_may_return_nothing() =>
        Assert.Empty(Generate("public interface IWatcher : IGrainObserver { void Saw(string what); }").Problems);

    [Fact]
    public void An_abstract_grain_class_makes_no_grains() =>
        Assert.Empty(Generate("public abstract class Base : Grain;").Compiled.SyntaxTrees.Skip(1));

    private static (Diagnostic[] Problems, Compilation Compiled) Generate(string source)
    {
        var usings = """
            using System.Collections.Generic;
            using System.Threading;
            using System.Threading.Tasks;
            using Orleans;
            using Orleans.Concurrency;
            using Orleans.Runtime;
            #nullable enable
            """;
        var options = new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary);
        var before = CSharpCompilation.Create("Things", [CSharpSyntaxTree.ParseText($"{usings}\n{source}", path: "Things.cs")], References, options);
        CSharpGeneratorDriver.Create(new GrainCodeGenerator()).RunGeneratorsAndUpdateCompilation(before, out var after, out var problems);
        return ([.. problems], after);
    }
}
