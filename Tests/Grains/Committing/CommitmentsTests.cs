using Fleet.Committing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Fleet.Tests.Committing;

/// <summary>A crash at any point between deciding and acting loses nothing and repeats nothing.</summary>
public sealed class CommitmentsTests
{
    private static readonly ImmutableArray<Effect> Effects =
        [new Effect.Withdraw("edge-1", "first"), new Effect.Quarantine("web", "second", "bad"), new Effect.Withdraw("edge-1", "third")];

    [Fact]
    public async Task Effects_survive_a_crash_at_any_point()
    {
        var points = await Play(crashAt: int.MaxValue);
        Assert.True(points.Passed > 10);

        for (var point = 0; point < points.Passed; point++)
        {
            var world = await Play(point);

            if (world.Record.Count == 0)
            {
                Assert.True(world.CallerSawFailure);
                Assert.Empty(world.Arrived);
            }
            else
            {
                InOrder(world);        // each once
            }
            Assert.Empty(world.Record.Outbox);
            Assert.Null(world.WakeUp);
        }
    }

    [Fact]
    public async Task A_failed_write_leaves_the_old_state_in_memory_and_sends_nothing()
    {
        var world = new World();
        var commitments = world.Activate();
        world.FailWrites = true;

        await Assert.ThrowsAsync<IOException>(() => commitments.Commit(new Tally { Count = 1 }, Effects));

        Assert.Equal(0, world.Memory.State.Count);
        Assert.Empty(world.Arrived);
        Assert.False(world.Deactivated);

        world.FailWrites = false;
        await commitments.Commit(world.Memory.State with { Count = 2 }, Effects);
        Assert.Equal(2, world.Record.Count);
        InOrder(world);
    }

    [Fact]
    public async Task A_write_that_landed_without_a_word_is_found_out_at_once_and_its_effects_are_sent()
    {
        var world = new World();
        var commitments = world.Activate();
        world.LoseAcknowledgements = true;

        await Assert.ThrowsAsync<IOException>(() => commitments.Commit(new Tally { Count = 1 }, Effects));

        Assert.Equal(1, world.Memory.State.Count);
        InOrder(world);
        Assert.False(world.Deactivated);

        world.LoseAcknowledgements = false;
        await commitments.Commit(world.Memory.State with { Count = 2 });
        Assert.Equal(2, world.Record.Count);
        Assert.Empty(world.Record.Outbox);
    }

    [Fact]
    public async Task The_activation_ends_when_it_can_not_be_read_what_a_failed_write_left()
    {
        var world = new World();
        var commitments = world.Activate();
        world.FailWrites = world.FailReads = true;

        await Assert.ThrowsAsync<IOException>(() => commitments.Commit(new Tally { Count = 1 }, Effects));

        Assert.True(world.Deactivated);
        Assert.Equal(0, world.Memory.State.Count);
        Assert.Empty(world.Arrived);
    }

    [Fact]
    public async Task A_stale_etag_ends_the_activation()
    {
        var world = new World();
        var commitments = world.Activate();
        world.StaleWrites = true;

        await Assert.ThrowsAsync<Orleans.Storage.InconsistentStateException>(() => commitments.Commit(new Tally { Count = 1 }));

        Assert.True(world.Deactivated);
        Assert.Equal(0, world.Memory.State.Count);
    }

    [Fact]
    public async Task An_effect_that_can_not_be_sent_keeps_its_place_and_holds_up_its_receiver_alone()
    {
        var world = new World();
        var commitments = world.Activate();
        world.Refuses = Effects[0];

        await commitments.Commit(new Tally { Count = 1 }, Effects);
        Assert.Equal([Effects[1]], world.Arrived);

        world.Refuses = null;
        await world.WakeAll();
        InOrder(world);
        Assert.Empty(world.Record.Outbox);
    }

    [Fact]
    public async Task A_receiver_that_does_not_answer_keeps_nothing_from_the_others()
    {
        var world = new World();
        var commitments = world.Activate();
        world.Hangs = Effects[0];

        var committed = commitments.Commit(new Tally { Count = 1 }, Effects);
        Assert.Equal([Effects[1]], world.Arrived);

        world.Answers.SetResult();
        await committed;
        InOrder(world);
    }

    [Fact]
    public async Task What_arrived_while_another_was_away_is_dropped_by_the_next_write()
    {
        var world = new World();
        var commitments = world.Activate();
        world.Refuses = Effects[0];
        await commitments.Commit(new Tally { Count = 1 }, Effects);

        await commitments.Commit(new Tally { Count = 2 });

        Assert.Equal([Effects[0], Effects[2]], world.Record.Outbox);
    }

    [Fact]
    public async Task Nothing_new_is_not_written()
    {
        var world = new World();
        var commitments = world.Activate();

        await commitments.Commit(world.Memory.State);

        Assert.Equal(0, world.Passed);
    }

    [Fact]
    public async Task A_new_activation_does_not_put_off_a_wake_up_that_the_old_one_waits_for()
    {
        var world = new World { Deadline = state => state.Count == 0 ? null : Sample.Noon.AddMinutes(state.Count) };
        await world.Activate().Commit(new Tally { Count = 5 });
        Assert.Equal(Sample.Noon.AddMinutes(5), world.WakeUp);

        world.CrashBeforeWrite = true;
        await Assert.ThrowsAsync<Crash>(() => world.Activate().Commit(new Tally { Count = 60 }));

        Assert.Equal(Sample.Noon.AddMinutes(5), world.WakeUp);
    }

    [Fact]
    public async Task A_wake_up_that_another_activation_answered_is_asked_for_again()
    {
        DateTimeOffset? deadline = Sample.Noon.AddMinutes(5);
        var world = new World { Deadline = _ => deadline };
        var commitments = world.Activate();
        var memory = world.Memory;
        await commitments.Commit(new Tally { Count = 1 });

        deadline = null;
        await world.WakeAll();
        Assert.Null(world.WakeUp);

        deadline = Sample.Noon.AddMinutes(10);
        await commitments.Commit(memory.State with { Count = 2 });
        Assert.Equal(deadline, world.WakeUp);
    }

    private static void InOrder(World world)
    {
        foreach (var receiver in Effects.GroupBy(e => e.Receiver()))
            Assert.Equal(receiver, world.Arrived.Where(e => e.Receiver() == receiver.Key));
        Assert.Equal(Effects.Length, world.Arrived.Count());
    }

    private static async Task<World> Play(int crashAt)
    {
        var world = new World { CrashAt = crashAt };
        try
        {
            await world.Activate().Commit(new Tally { Count = 1 }, Effects);
        }
        catch (Crash)
        {
            world.CallerSawFailure = true;
        }
        // Whatever comes next happens only because a wake-up was scheduled: nobody calls the grain.
        await world.WakeAll();
        return world;
    }

    internal sealed record Tally : Remembered
    {
        public int Count { get; init; }
    }

    private sealed class Crash : Exception;

    /// <summary>Storage, alarm clock and receivers that outlive the activation; the process dies at the n-th point where it could.</summary>
    private sealed class World : IOutlet
    {
        private readonly FakeTimeProvider time = new(Sample.Noon);
        private readonly List<Effect> arrived = [];
        private bool dead;

        public int CrashAt { get; init; } = int.MaxValue;
        public int Passed { get; private set; }
        public Func<Tally, DateTimeOffset?> Deadline { get; init; } = _ => null;

        public Tally Record { get; private set; } = new();
        public DateTimeOffset? WakeUp { get; private set; }
        public Memory Memory { get; private set; } = null!;
        public IEnumerable<Effect> Arrived => arrived;
        public bool CallerSawFailure { get; set; }
        public bool Deactivated { get; private set; }
        public bool FailWrites { get; set; }
        public bool FailReads { get; set; }
        public bool LoseAcknowledgements { get; set; }
        public bool StaleWrites { get; set; }
        public bool CrashBeforeWrite { get; set; }
        public Effect? Refuses { get; set; }
        public Effect? Hangs { get; set; }
        public TaskCompletionSource Answers { get; init; } = new();

        public Commitments<Tally> Activate()
        {
            dead = false;
            Memory = new Memory(this, Record, Version);
            return new(Memory, GrainId.Parse("tally/1"), this, Deadline, () => Deactivated = true, time, NullLogger.Instance);
        }

        public async Task WakeAll()
        {
            for (var i = 0; i < 10 && WakeUp is { } at; i++)
            {
                time.SetUtcNow(at > time.GetUtcNow() ? at : time.GetUtcNow());
                try
                {
                    await Activate().Settle();
                }
                catch (Crash)
                {
                    // Died again: the wake-up was not answered, so it comes once more.
                }
            }
        }

        public async Task Send(Effect effect)
        {
            Point();
            if (ReferenceEquals(effect, Refuses)) throw new IOException("no answer");
            if (ReferenceEquals(effect, Hangs)) await Answers.Task;
            if (!arrived.Contains(effect)) arrived.Add(effect);     // receivers know a repeated one
            Point();
        }

        public Task WakeAt(GrainId self, DateTimeOffset at)
        {
            Point();
            WakeUp = at;
            Point();
            return Task.CompletedTask;
        }

        public Task Awake(GrainId self, DateTimeOffset now)
        {
            Point();
            if (WakeUp <= now) WakeUp = null;
            Point();
            return Task.CompletedTask;
        }

        public int Version { get; private set; }

        public void Write(Tally state, int version)
        {
            if (CrashBeforeWrite) dead = true;
            Point();
            if (FailWrites) throw new IOException("disk full");
            if (StaleWrites || version != Version) throw new Orleans.Storage.InconsistentStateException("stale");
            (Record, Version) = (state, Version + 1);
            Point();
            if (LoseAcknowledgements) throw new IOException("no word");
        }

        public Tally Read()
        {
            Point();
            return FailReads ? throw new IOException("no answer") : Record;
        }

        // Who is dead does nothing more.
        private void Point()
        {
            if (!dead && Passed++ == CrashAt) dead = true;
            if (dead) throw new Crash();
        }
    }

    private sealed class Memory(World world, Tally record, int version) : IPersistentState<Tally>
    {
        private int version = version;

        public Tally State { get; set; } = record;
        public string Etag => $"{version}";
        public bool RecordExists => true;

        public Task WriteStateAsync()
        {
            world.Write(State, version);
            version = world.Version;
            return Task.CompletedTask;
        }

        public Task ReadStateAsync()
        {
            State = world.Read();
            version = world.Version;
            return Task.CompletedTask;
        }

        public Task ClearStateAsync() => Task.CompletedTask;
    }
}
