using Orleans.Core;

namespace Orleans.Core
{
    /// <summary>State in storage.</summary>
    public interface IStorage
    {
        /// <summary>The version that was read or written last; null if there is none.</summary>
        string? Etag { get; }

        /// <summary>Whether storage has a record.</summary>
        bool RecordExists { get; }

        /// <summary>Removes the record.</summary>
        Task ClearStateAsync();

        /// <summary>Writes the state. If it fails, memory stays as it is: ahead of storage.</summary>
        Task WriteStateAsync();

        /// <summary>Reads the state again.</summary>
        Task ReadStateAsync();

        /// <summary>Removes the record.</summary>
        Task ClearStateAsync(CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return ClearStateAsync();
        }

        /// <summary>Writes the state. If it fails, memory stays as it is: ahead of storage.</summary>
        Task WriteStateAsync(CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return WriteStateAsync();
        }

        /// <summary>Reads the state again.</summary>
        Task ReadStateAsync(CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return ReadStateAsync();
        }
    }

    /// <summary>State in storage.</summary>
    public interface IStorage<TState> : IStorage
    {
        /// <summary>The state in memory.</summary>
        TState State { get; set; }
    }
}

namespace Orleans.Runtime
{
    /// <summary>A state of a grain, read before the grain wakes.</summary>
    public interface IPersistentState<TState> : IStorage<TState>;

    /// <summary>Asks for a state in a grain's constructor.</summary>
    [AttributeUsage(AttributeTargets.Parameter)]
    public sealed class PersistentStateAttribute(string stateName, string? storageName = null) : Attribute
    {
        /// <summary>The name of the state within the grain.</summary>
        public string StateName { get; } = stateName;

        /// <summary>The name of the storage.</summary>
        public string? StorageName { get; } = storageName;
    }
}
