namespace Fleet.Committing;

/// <summary>What every grain that has effects on others remembers besides its own: what it decided and has yet to send.</summary>
internal abstract record Remembered
{
    /// <summary>Effects in the order in which they were decided. Only <see cref="Commitments{T}"/> touches them.</summary>
    public ImmutableArray<Effect> Outbox { get; init; } = [];
}
