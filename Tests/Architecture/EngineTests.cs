using System.Text.RegularExpressions;

namespace Fleet.Tests.Architecture;

/// <summary>Nothing outside Engine/ and Silo/ knows which engine runs.</summary>
public sealed partial class EngineTests
{
    private static readonly string[] Knowing = ["Engine/", "Silo/", "Tests/Engine/", "Tests/Generator/", "Tests/Cluster/", "Tests/Simulator/", "Tests/Simulation/", "Tests/Writer/", "Tests/Silo/", "Tests/Architecture/", "Bench/"];

    [Fact]
    public void No_source_outside_knows_the_engine() =>
        Assert.DoesNotContain(Repository.Files("*.cs"), file => !IsKnowing(file) && Knows(Repository.Read(file)));

    [Fact]
    public void No_project_outside_chooses_by_the_engine() =>
        Assert.DoesNotContain(Repository.Files("*.csproj"), file => !IsKnowing(file) && ChoosesByEngine(Repository.Read(file)));

    [Theory]
    [InlineData("#if ORLEANS\n#endif")]
    [InlineData("#if DEBUG && !EMBEDDED\n#endif")]
    [InlineData("#elif  ORLEANS")]
    [InlineData("using Fleet.Engine.Embedded;")]
    [InlineData("Fleet.Engine.Embedded.DeadlockException e")]
    public void A_source_that_knows_the_engine_is_found(string source) => Assert.True(Knows(source));

    [Theory]
    [InlineData("using Fleet.Engine.Storage;")]
    [InlineData("#if DEBUG\n#endif // runs on ORLEANS too")]
    public void One_that_does_not_is_left_alone(string source) => Assert.False(Knows(source));

    [Fact]
    public void A_project_that_chooses_by_the_engine_is_found() =>
        Assert.True(ChoosesByEngine("""<PackageReference Include="X" Condition="'$(Engine)' == 'Orleans'" />"""));

    private static bool IsKnowing(string file) => Knowing.Any(folder => file.StartsWith(folder, StringComparison.Ordinal));

    private static bool Knows(string source) => Conditional().IsMatch(source) || source.Contains("Fleet.Engine.Embedded", StringComparison.Ordinal);

    private static bool ChoosesByEngine(string project) => project.Contains("$(Engine)", StringComparison.Ordinal) || project.Contains("$(OrleansVersion)", StringComparison.Ordinal);

    [GeneratedRegex(@"^\s*#(if|elif)\b[^/\n]*\b(ORLEANS|EMBEDDED)\b", RegexOptions.Multiline)]
    private static partial Regex Conditional();
}
