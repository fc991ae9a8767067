namespace Orleans;

/// <summary>A state as storage sees it: the value and which version of it this is.</summary>
public interface IGrainState<T>
{
    /// <summary>The value.</summary>
    T? State { get; set; }

    /// <summary>The version that was read or written last; null if there is none.</summary>
    string? ETag { get; set; }

    /// <summary>Whether storage has a record.</summary>
    bool RecordExists { get; set; }
}

/// <summary>A state as storage sees it.</summary>
public sealed class GrainState<T> : IGrainState<T>
{
    public GrainState() : this(default, null) { }

    public GrainState(T? state) : this(state, null) { }

    public GrainState(T? state, string? eTag) => (State, ETag) = (state, eTag);

    /// <inheritdoc />
    public T? State { get; set; }

    /// <inheritdoc />
    public string? ETag { get; set; }

    /// <inheritdoc />
    public bool RecordExists { get; set; }
}
