using Fleet.Instances;
using Fleet.Resources;
using Orleans;
using Orleans.Runtime;

namespace Fleet.Tests.Architecture;

/// <summary>All grain interfaces and all messages that they carry.</summary>
public sealed class ContractTests
{
    private static List<Type> Interfaces => [.. typeof(IInstanceGrain).Assembly.GetTypes()
        .Where(t => t.IsInterface && t.Namespace?.StartsWith("Fleet", StringComparison.Ordinal) == true && typeof(IAddressable).IsAssignableFrom(t))];

    [Fact]
    public void Contracts_are_aliased_immutable_and_numbered() => Assert.Empty(Contract.Faults(Interfaces));

    [Fact]
    public void All_contracts_are_seen()
    {
        Type[] contracts = [typeof(IInstanceGrain), typeof(IResourceGrain), typeof(IAgentLink), typeof(IInstanceWatcher)];
        Type[] messages = [typeof(Directive), typeof(Manifest), typeof(HotfixInForce), typeof(InstanceView), typeof(InstanceId)];

        Assert.Empty(contracts.Except(Interfaces));
        Assert.Empty(messages.Except(Contract.Messages(Interfaces)));
    }

    [Theory]
    [InlineData("INamelessGrain has no [Alias]")]
    [InlineData("INamelessGrain.Do has no [Alias]")]
    [InlineData("ISameGrain has two methods [Alias(\"same\")]")]
    [InlineData("two types are [Alias(\"test.same\")]")]
    [InlineData("Bare has no [GenerateSerializer]")]
    [InlineData("Bare has no [Immutable]")]
    [InlineData("Bare has no [Alias]")]
    [InlineData("Bare.Number has no [Id]")]
    [InlineData("Bare.Number can be set")]
    [InlineData("Twice has two members [Id(0)]")]
    [InlineData("Loose.Numbers carries Int32[], which is mutable or not known to travel")]
    [InlineData("Loose.List carries List`1, which is mutable or not known to travel")]
    [InlineData("Loose.Open can be set")]
    [InlineData("ISameGrain.Two carries Dictionary`2, which is mutable or not known to travel")]
    public void A_contract_that_can_not_travel_is_found(string fault) =>
        Assert.Contains(fault, Contract.Faults([typeof(INamelessGrain), typeof(ISameGrain)]));

    internal interface INamelessGrain : IGrainWithStringKey
    {
        Task Do(ImmutableArray<Bare> bare);
    }

    [Alias("test.same")]
    internal interface ISameGrain : IGrainWithStringKey
    {
        [Alias("same")] Task<Twice> One(Loose loose);

        [Alias("same")] Task Two(Dictionary<string, string> map);
    }

    internal sealed record Bare
    {
        public int Number { get; set; }
    }

    [GenerateSerializer, Immutable, Alias("test.same")]
    internal sealed record Twice([property: Id(0)] int A, [property: Id(0)] int B);

    [GenerateSerializer, Immutable, Alias("test.loose")]
    internal sealed record Loose
    {
        [Id(0)] public int[] Numbers { get; init; } = [];
        [Id(1)] public List<int> List { get; init; } = [];
        [Id(2)] public int Open = 1;
    }
}
