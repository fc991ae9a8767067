using Microsoft.Data.Sqlite;

namespace Fleet.Engine.Storage;

/// <summary>The tables as seen through one connection, with their statements prepared.</summary>
internal sealed class Tables(SqliteConnection connection) : IDisposable
{
    public StateTable State { get; } = new(connection);

    public ReminderTable Reminders { get; } = new(connection);

    public void Dispose()
    {
        State.Dispose();
        Reminders.Dispose();
    }
}
