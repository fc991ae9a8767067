// What a contract says about itself. The embedded engine reads those that change how a call runs; the rest is for Orleans,
// whose serializer needs them, and for the contract test, which insists on them.
namespace Orleans
{
    /// <summary>The stable name of a type or a method, independent of what it is called in the source.</summary>
    [AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Interface | AttributeTargets.Enum | AttributeTargets.Method)]
    public sealed class AliasAttribute(string alias) : Attribute
    {
        /// <summary>The name.</summary>
        public string Alias { get; } = alias;
    }

    /// <summary>The stable number of a member of a message.</summary>
    [AttributeUsage(AttributeTargets.Field | AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Interface | AttributeTargets.Enum | AttributeTargets.Property | AttributeTargets.Method)]
    public sealed class IdAttribute(uint id) : Attribute
    {
        /// <summary>The number.</summary>
        public uint Id { get; } = id;
    }

    /// <summary>Marks a type that travels in calls.</summary>
    [AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Enum)]
    public sealed class GenerateSerializerAttribute : Attribute;

    /// <summary>Promises that a value never changes, so that it need not be copied.</summary>
    [AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Enum | AttributeTargets.Parameter | AttributeTargets.Property | AttributeTargets.Field)]
    public sealed class ImmutableAttribute : Attribute;

    /// <summary>The kind of a grain class: the first half of the identity of its grains.</summary>
    [AttributeUsage(AttributeTargets.Class)]
    public sealed class GrainTypeAttribute(string grainType) : Attribute
    {
        /// <summary>The kind's name.</summary>
        internal GrainType GrainType { get; } = GrainType.Create(grainType);
    }

    /// <summary>How long callers of this method wait, instead of the engine's usual time.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    public sealed class ResponseTimeoutAttribute(string timeout) : Attribute
    {
        /// <summary>The time.</summary>
        public TimeSpan? Timeout { get; init; } = TimeSpan.Parse(timeout, System.Globalization.CultureInfo.InvariantCulture);
    }
}

namespace Orleans.Concurrency
{
    /// <summary>The method changes nothing: it may run while other read-only methods of the same grain wait.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    public sealed class ReadOnlyAttribute : Attribute;

    /// <summary>The method may run whenever another one of the same grain waits.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    public sealed class AlwaysInterleaveAttribute : Attribute;

    /// <summary>All methods of the grain may run whenever another one waits.</summary>
    [AttributeUsage(AttributeTargets.Class)]
    public sealed class ReentrantAttribute : Attribute;

    /// <summary>The caller does not wait for the method, and hears nothing of it.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    public sealed class OneWayAttribute : Attribute;

    /// <summary>
    /// The grain keeps nothing between calls: it may be awake several times, so that calls that come at once needn't wait for
    /// each other.
    /// </summary>
    [AttributeUsage(AttributeTargets.Class)]
    public sealed class StatelessWorkerAttribute(int maxLocalWorkers) : Attribute
    {
        /// <summary>As often as the machine has cores.</summary>
        public StatelessWorkerAttribute() : this(-1) { }

        /// <summary>How often at most; -1 stands for the number of cores.</summary>
        internal int Most { get; } = maxLocalWorkers > 0 ? maxLocalWorkers : Environment.ProcessorCount;
    }
}
