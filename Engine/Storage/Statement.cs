using Microsoft.Data.Sqlite;

namespace Fleet.Engine.Storage;

/// <summary>A prepared statement with positional parameters (<c>$0</c>, <c>$1</c>, …).</summary>
internal sealed class Statement : IDisposable
{
    private readonly SqliteCommand command;

    public Statement(SqliteConnection connection, string sql, int parameters)
    {
        command = connection.CreateCommand();
        command.CommandText = sql;
        for (var index = 0; index < parameters; index++) command.Parameters.Add(new SqliteParameter { ParameterName = $"${index}" });
    }

    /// <summary>Runs it and says how many rows it touched.</summary>
    public int Execute(params ReadOnlySpan<object> values)
    {
        Bind(values);
        return command.ExecuteNonQuery();
    }

    /// <summary>Runs it and turns each row into a value.</summary>
    public List<T> Query<T>(Func<SqliteDataReader, T> row, params ReadOnlySpan<object> values)
    {
        Bind(values);
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read()) rows.Add(row(reader));
        return rows;
    }

    public void Dispose() => command.Dispose();

    private void Bind(ReadOnlySpan<object> values)
    {
        for (var index = 0; index < values.Length; index++) command.Parameters[index].Value = values[index];
    }
}
