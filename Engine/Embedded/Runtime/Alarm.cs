using Fleet.Engine.Storage;

namespace Fleet.Engine.Embedded;

/// <summary>The clock of one reminder. Ticks of one reminder never overlap; those that a grain is late for come once.</summary>
internal sealed class Alarm : IDisposable
{
    /// <summary>Timers cannot wait longer than some weeks; a distant time is approached in steps.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    private readonly EmbeddedEngine engine;
    private readonly GrainId grain;
    private readonly ReminderRow row;
    private readonly ITimer timer;
    private DateTime next;
    private volatile bool disposed;

    public Alarm(EmbeddedEngine engine, GrainId grain, ReminderRow row)
    {
        (this.engine, this.grain, this.row, next) = (engine, grain, row, row.Start);
        using (ExecutionContext.IsFlowSuppressed() ? default : ExecutionContext.SuppressFlow())
            timer = Time.CreateTimer(static alarm => _ = ((Alarm)alarm!).Ring(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Wind();
    }

    private TimeProvider Time => engine.Options.Time;

    private DateTime Now => Time.GetUtcNow().UtcDateTime;

    public void Dispose()
    {
        disposed = true;
        timer.Dispose();
    }

    private void Wind()
    {
        var wait = next - Now;
        timer.Change(wait < TimeSpan.Zero ? TimeSpan.Zero : wait > LongestWait ? LongestWait : wait, Timeout.InfiniteTimeSpan);
    }

    private async Task Ring()
    {
        if (disposed) return;
        var began = Now;
        if (began >= next)
        {
            // Counted from the beginning of the tick: what falls due while the grain is at it comes once, right afterwards.
            next = row.Start + ((((began - row.Start).Ticks / row.Period.Ticks) + 1) * row.Period);
            try
            {
                await engine.Send(grain, new ReminderCall(row.Name, new TickStatus(row.Start, row.Period, began)));
            }
            catch (Exception error)
            {
                engine.Log.ReminderFailed(error, row.Name, grain);
            }
        }

        if (!disposed) Wind();
    }

    /// <summary>The call by which a reminder comes.</summary>
    private sealed class ReminderCall(string name, TickStatus status) : GrainCall<Nothing>
    {
        private static readonly GrainMethod Receive = new(typeof(IRemindable), nameof(IRemindable.ReceiveReminder), GrainMethodOptions.None, null, typeof(string), typeof(TickStatus));

        public override GrainMethod Method => Receive;

        public override int GetArgumentCount() => 2;

        public override object GetArgument(int index) => index == 0 ? name : status;

        public override ValueTask<Nothing> Invoke(object target) => NoAnswer(((IRemindable)target).ReceiveReminder(name, status));
    }
}
