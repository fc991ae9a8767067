namespace Fleet.Engine.Storage;

/// <summary>Where reminders outlive the process.</summary>
internal interface IReminderStore
{
    /// <summary>All of them, in the order of their grains and names.</summary>
    IReadOnlyList<ReminderRow> All();

    /// <summary>Those of one grain.</summary>
    IReadOnlyList<ReminderRow> Of(string grain);

    /// <summary>One of them; null when there is none.</summary>
    ReminderRow? Find(string grain, string name);

    /// <summary>Stores it in place of an earlier one of this name, and gives it its ETag.</summary>
    Task<ReminderRow> Write(ReminderRow row);

    /// <summary>Removes it if it still has this ETag.</summary>
    Task<bool> Delete(string grain, string name, long etag);
}

/// <summary>Reminders in the engine's own database.</summary>
internal sealed class ReminderStore(StateDatabase database) : IReminderStore
{
    public IReadOnlyList<ReminderRow> All() => database.Read(tables => tables.Reminders.All());

    public IReadOnlyList<ReminderRow> Of(string grain) => database.Read(tables => tables.Reminders.Of(grain));

    public ReminderRow? Find(string grain, string name) => database.Read(tables => tables.Reminders.Find(grain, name));

    public Task<ReminderRow> Write(ReminderRow row) => database.Write((tables, number) =>
    {
        var numbered = row with { ETag = number };
        tables.Reminders.Write(numbered);
        return numbered;
    });

    public Task<bool> Delete(string grain, string name, long etag) => database.Write((tables, _) => tables.Reminders.Delete(grain, name, etag));
}
