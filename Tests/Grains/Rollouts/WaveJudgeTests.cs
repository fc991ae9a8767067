using Fleet.Instances;
using Fleet.Rollouts;

namespace Fleet.Tests.Rollouts;

public sealed class WaveJudgeTests
{
    [Theory]
    [InlineData(0, 100, Verdict.Pass)]
    [InlineData(2, 10, Verdict.Pass)] // few may be chance
    [InlineData(3, 60, Verdict.Pass)] // and so may one of twenty
    [InlineData(3, 59, Verdict.Fail)]
    [InlineData(50, 100, Verdict.Fail)]
    public void An_instance_that_is_well_now_fails_its_wave_when_too_many_answers_were_errors(int errors, int probes, Verdict verdict)
    {
        var evidence = WaveEvidenceOf.Instance(Seen(Health.Healthy) with { Probes = probes, FailedProbes = errors });

        var (said, reason) = WaveJudge.Judge(failures: 0, allowed: 0, evidence);

        Assert.Equal(verdict, said);
        if (verdict == Verdict.Fail) Assert.Contains($"edge-1/web: {errors} of {probes} answers of its health probe were errors", reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_heard_of_one_instance_is_inconclusive_however_well_the_others_are()
    {
        var evidence = WaveEvidenceOf.Instance(Seen(Health.Healthy)) + WaveEvidenceOf.Instance(Seen(Health.Unknown));

        Assert.Equal(Verdict.Inconclusive, WaveJudge.Judge(0, 5, evidence).Verdict);
        Assert.Equal(Verdict.Inconclusive, WaveJudge.Judge(0, 5, new()).Verdict);
    }

    [Fact]
    public void What_is_ill_counts_together_against_what_is_allowed()
    {
        var evidence = WaveEvidenceOf.Instance(Seen(Health.Unhealthy))
            + WaveEvidenceOf.Instance(Seen(Health.Healthy) with { Crashes = 1 })
            + WaveEvidenceOf.Instance(Seen(Health.Healthy) with { Probes = 10, FailedProbes = 5 })
            + WaveEvidenceOf.Instance(Seen(Health.Healthy));

        Assert.Equal(Verdict.Pass, WaveJudge.Judge(1, 4, evidence).Verdict);
        Assert.Equal(Verdict.Fail, WaveJudge.Judge(2, 4, evidence).Verdict);
    }

    private static InstanceView Seen(Health health) => new() { Id = InstanceId.Parse("edge-1/web"), Health = health };
}
