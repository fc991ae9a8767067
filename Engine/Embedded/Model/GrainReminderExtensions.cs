using Fleet.Engine.Embedded;
using Microsoft.Extensions.DependencyInjection;

namespace Orleans;

/// <summary>Reminders: they survive restarts, and wake the grain.</summary>
public static class GrainReminderExtensions
{
    /// <summary>Sets a reminder of this grain.</summary>
    public static Task<IGrainReminder> RegisterOrUpdateReminder(this Grain grain, string reminderName, TimeSpan dueTime, TimeSpan period) =>
        Reminders(grain).Set(grain.GetGrainId(), reminderName, dueTime, period);

    /// <summary>Ends a reminder of this grain.</summary>
    public static Task UnregisterReminder(this Grain grain, IGrainReminder reminder) => Reminders(grain).End(grain.GetGrainId(), reminder);

    /// <summary>The reminder of this name; null if there is none.</summary>
    public static Task<IGrainReminder?> GetReminder(this Grain grain, string reminderName) => Reminders(grain).Find(grain.GetGrainId(), reminderName);

    /// <summary>All reminders of this grain.</summary>
    public static Task<List<IGrainReminder>> GetReminders(this Grain grain) => Reminders(grain).All(grain.GetGrainId());

    private static Reminders Reminders(Grain grain) => grain is IRemindable
        ? grain.GrainContext.ActivationServices.GetRequiredService<Reminders>()
        : throw new InvalidOperationException($"Grain {grain.IdentityString} does not implement {nameof(IRemindable)}: nobody would hear its reminders.");
}
