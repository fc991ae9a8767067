using Fleet.Protocol.V1;
using Google.Protobuf.WellKnownTypes;

namespace Fleet.Cli;

/// <summary>Rollouts as an engine would describe them.</summary>
internal static class RolloutSample
{
    /// <summary>Five targets in three waves of 1, 1 and 3.</summary>
    public static Rollout Rollout(RolloutPhase phase, uint wave = 0, string detail = "", params TargetCounts[] counts)
    {
        uint[] sizes = [1, 1, 3];
        var rollout = new Rollout
        {
            Id = "r1",
            Spec = new RolloutSpec { Image = "web", Patch = "libssl3-fix", Reason = "CVE-2026-0001" },
            Phase = phase,
            Detail = detail,
            Wave = wave,
            RequestedBy = "admin",
            Requested = Sample.At(0),
            Counts = new TargetCounts(),
        };
        for (var i = 0; i < sizes.Length; i++)
        {
            var now = i < counts.Length ? counts[i] : new TargetCounts { Pending = sizes[i] };
            rollout.Waves.Add(new WaveStatus { Number = (uint)i + 1, Size = sizes[i], Counts = now, Opened = i < wave ? Sample.At(i * 10) : null });
            rollout.Counts.Verified += now.Verified;
            rollout.Counts.Dispatched += now.Dispatched;
            rollout.Counts.Pending += now.Pending;
            rollout.Counts.Failed += now.Failed;
            rollout.Counts.RolledBack += now.RolledBack;
            rollout.Counts.Untouched += now.Untouched;
        }
        return rollout;
    }

    public static Rollout First() => Rollout(RolloutPhase.Dispatching, 1, "", new TargetCounts { Dispatched = 1 });

    public static Rollout Second()
    {
        var rollout = Rollout(RolloutPhase.Dispatching, 2, "", new TargetCounts { Verified = 1 }, new TargetCounts { Dispatched = 1 });
        (rollout.Waves[0].Verdict, rollout.Waves[0].Judged) = (Verdict.Pass, Sample.At(9));
        return rollout;
    }

    public static Rollout Succeeded()
    {
        var rollout = Rollout(RolloutPhase.Succeeded, 3, "", new TargetCounts { Verified = 1 }, new TargetCounts { Verified = 1 }, new TargetCounts { Verified = 3 });
        foreach (var wave in rollout.Waves) (wave.Verdict, wave.Judged) = (Verdict.Pass, Sample.At(wave.Number * 10 - 1));
        rollout.Ended = Sample.At(30);
        return rollout;
    }

    public static Rollout RolledBack()
    {
        var rollout = Rollout(
            RolloutPhase.RolledBack, 1, "1 of 1 failed, more than 0", new TargetCounts { RolledBack = 1 }, new TargetCounts { Untouched = 1 }, new TargetCounts { Untouched = 3 });
        (rollout.Waves[0].Verdict, rollout.Waves[0].Reason, rollout.Waves[0].Judged) = (Verdict.Fail, "1 of 1 failed, more than 0", Sample.At(4));
        (rollout.Reason, rollout.Ended, rollout.HeldSince) = ("FAILURES", Sample.At(6), Sample.At(4));
        rollout.RollbackTook = Duration.FromTimeSpan(TimeSpan.FromSeconds(1.5));
        return rollout;
    }

    public static Rollout Halted()
    {
        var rollout = Rollout(RolloutPhase.Halted, 1, "1 of 1 failed, more than 0", new TargetCounts { Failed = 1 });
        rollout.Spec.KeepOnFailure = true;
        return rollout;
    }

    public static RolloutPlan Plan() => new()
    {
        Waves =
        {
            new PlannedWave { Number = 1, Size = 1, Cumulative = 1, Reason = "canary" },
            new PlannedWave { Number = 2, Size = 1, Cumulative = 2, Reason = "100 %" },
        },
        Rollout = "r1",
        Targets = 2,
        LeftOut = 1,
        Sample =
        {
            new Target { Resource = "web-1", Instance = "nginx", Wave = 1, Reason = "runs 1.22.1-9" },
            new Target { Resource = "web-2", Instance = "nginx", Wave = 2, Reason = "runs 1.22.1-9" },
            new Target { Resource = "web-3", Instance = "nginx", State = TargetState.LeftOut, Reason = "has the fix already" },
        },
        WaitsFor = { "freeze night: no changes at night" },
    };
}
