using Microsoft.Data.Sqlite;

namespace Fleet.Engine.Storage;

/// <summary>Storage cannot do what it was asked; the message says why and what is untouched.</summary>
public sealed class StateStoreException(string message, Exception? inner = null) : OrleansException(message, inner!)
{
    private const int Busy = 5, Locked = 6, ReadOnly = 8, IoError = 10, Corrupt = 11, Full = 13, CannotOpen = 14, NotADatabase = 26;

    /// <summary>What SQLite's code means for the person who runs Fleet.</summary>
    internal static StateStoreException From(SqliteException error, string file) => new(
        error.SqliteErrorCode switch
        {
            Busy or Locked => $"The database {file} is locked by another program. Nothing was changed; close that program and try again.",
            ReadOnly => $"The database {file} is read-only. Nothing was changed.",
            CannotOpen => $"The database {file} cannot be opened: {error.Message}",
            Full => $"The disk of {file} is full. Nothing was changed; free some space and try again.",
            Corrupt or NotADatabase => $"The file {file} is damaged or is not a database ({error.Message}). Nothing was changed; restore it from a backup.",
            IoError => $"The disk of {file} reported an error ({error.Message}). Whether the last write is stored is not known.",
            _ => $"The database {file} refused: {error.Message}",
        },
        error);
}
