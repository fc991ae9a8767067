namespace Fleet.Engine.Tests;

[Alias("test.reminded")]
public interface IRemindedGrain : IGrainWithStringKey
{
    [Alias("remind")] Task RemindMe(string name, TimeSpan due, TimeSpan period);

    [Alias("forget")] Task Forget(string name);

    [Alias("names")] Task<string[]> Names();
}

[GrainType("reminded")]
internal sealed class RemindedGrain(Gates gates, TimeProvider time) : Grain, IRemindedGrain, IRemindable
{
    public Task RemindMe(string name, TimeSpan due, TimeSpan period) => this.RegisterOrUpdateReminder(name, due, period);

    public async Task Forget(string name) => await this.UnregisterReminder(await this.GetReminder(name) ?? throw new InvalidOperationException($"No reminder {name}"));

    public async Task<string[]> Names() => [.. (await this.GetReminders()).Select(reminder => reminder.ReminderName).Order(StringComparer.Ordinal)];

    public Task ReceiveReminder(string reminderName, TickStatus status)
    {
        gates.Story.Enqueue($"{this.GetPrimaryKeyString()} {reminderName} {time.GetUtcNow():HH:mm}");
        _ = gates[reminderName].Pass();
        return Task.CompletedTask;
    }
}
