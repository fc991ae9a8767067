using Microsoft.Data.Sqlite;

namespace Fleet.Engine.Storage;

/// <summary>The tables of a database, as the steps that lead to them from an empty file; <c>user_version</c> counts how many a file has had.</summary>
internal static class DatabaseSchema
{
    /// <summary>Marks the file as Fleet's, in SQLite's header: "FLET".</summary>
    public const int ApplicationId = 0x464C4554;

    /// <summary>A step that was delivered is never changed; what is to be different is one more step.</summary>
    public static readonly IReadOnlyList<string> Steps =
    [
        """
        CREATE TABLE state (
            grain    TEXT    NOT NULL,
            name     TEXT    NOT NULL,
            etag     INTEGER NOT NULL,
            schema   INTEGER NOT NULL,
            body     BLOB    NOT NULL,
            checksum BLOB    NOT NULL,
            PRIMARY KEY (grain, name));
        CREATE TABLE reminder (
            grain    TEXT    NOT NULL,
            name     TEXT    NOT NULL,
            hash     INTEGER NOT NULL,
            start    INTEGER NOT NULL,
            period   INTEGER NOT NULL,
            etag     INTEGER NOT NULL,
            checksum BLOB    NOT NULL,
            PRIMARY KEY (grain, name));
        CREATE TABLE sequence (last INTEGER NOT NULL);
        INSERT INTO sequence VALUES (0);
        """,
    ];

    /// <summary>The present schema.</summary>
    public static int Latest => Steps.Count;

    /// <summary>Takes the steps that a file lacks, all or none: one that fails, or a crash, leaves the file as it was.</summary>
    public static void Upgrade(SqliteConnection connection, IReadOnlyList<string> steps)
    {
        using var transaction = connection.BeginTransaction();
        for (var step = (int)DatabaseFile.Scalar(connection, "PRAGMA user_version"); step < steps.Count; step++)
            DatabaseFile.Execute(connection, $"{steps[step]} PRAGMA user_version = {step + 1}; PRAGMA application_id = {ApplicationId};");
        transaction.Commit();
    }
}
