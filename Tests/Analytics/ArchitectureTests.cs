using Fleet.Analytics.Detection;

namespace Fleet.Analytics.Tests;

public sealed class ArchitectureTests
{
    [Fact]
    public void Analytics_knows_only_the_base_library() =>
        Assert.All(typeof(Detector).Assembly.GetReferencedAssemblies(), a => Assert.StartsWith("System.", a.Name));
}
