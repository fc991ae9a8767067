using Fleet.Analytics.Detection;
using FsCheck.Xunit;

namespace Fleet.Analytics.Tests;

public sealed class DetectorTests
{
    [Property(MaxTest = 60)]
    public void No_input_makes_not_a_number_leave(double[] samples)
    {
        var detector = Detector.Start;
        for (var round = 0; round < 1 + 150 / Math.Max(samples.Length, 1); round++)
        {
            foreach (var sample in samples.Append(double.NaN).Append(double.MaxValue).Append(-double.MaxValue))
            {
                detector = detector.Add(sample, out var score);
                Assert.InRange(score, 0, 2);
            }
        }
    }

    [Fact]
    public void A_broken_sample_changes_nothing()
    {
        var (clean, _) = Run(Series.Noisy(1, 400));
        var broken = clean.Add(double.NaN, out var score);

        Assert.Equal(0, score);
        Assert.Equal(Packed(clean), Packed(broken));
    }

    [Fact]
    public void A_constant_series_is_never_news()
    {
        var (_, scores) = Run([.. Enumerable.Repeat(45.0, 2000)]);

        Assert.All(scores, s => Assert.Equal(0, s));
    }

    [Fact]
    public void A_spike_beyond_all_that_was_seen_is_news_at_once_and_old_news_next()
    {
        var samples = Series.Noisy(2, 1500);
        samples[1200] = samples[1201] = 100;

        var (_, scores) = Run(samples);

        Assert.True(scores[1200] > .5, $"{scores[1200]}");
        Assert.True(scores[1201] < .1, $"{scores[1201]}");
        Assert.Equal(1200, Array.IndexOf(scores, scores[700..].Max()));
    }

    [Fact]
    public void A_signal_that_falls_flat_inside_its_range_is_a_new_pattern()
    {
        double[] samples = [.. Enumerable.Range(0, 2500).Select(i => 10 * Math.Sin(i * .4) + (i is > 2000 and < 2100 ? double.NaN : 0)).Select(x => double.IsNaN(x) ? 5 : x)];

        var (_, scores) = Run(samples);

        Assert.True(scores[2000..2100].Max() > 3 * scores[1000..2000].Max());
    }

    [Property(MaxTest = 20)]
    public void Shift_and_scale_change_no_score(int seed, byte exponent, short shift)
    {
        var samples = Series.Noisy(seed, 800);
        var scale = Math.ScaleB(1, exponent % 40 - 20);

        var (_, plain) = Run(samples);
        var (_, moved) = Run([.. samples.Select(s => s * scale)]);
        var (_, shifted) = Run([.. samples.Select(s => s + shift)]);

        Assert.Equal(plain, moved);
        for (var i = 0; i < plain.Length; i++) Assert.Equal(plain[i], shifted[i], .2);
    }

    [Fact]
    public void Order_matters()
    {
        var samples = Series.Noisy(3, 800);
        samples[700] = 50;

        var (_, forward) = Run(samples);
        var (_, backward) = Run([.. samples.Reverse()]);

        Assert.NotEqual(forward.Max(), backward.Max());
    }

    [Property(MaxTest = 20)]
    public void A_packed_state_restores_to_the_same_answers(int seed, ushort at)
    {
        var samples = Series.Noisy(seed, 900);
        var detector = Detector.Start;
        var restored = Detector.Start;
        for (var i = 0; i < samples.Length; i++)
        {
            detector = detector.Add(samples[i], out var expected);
            restored = restored.Add(samples[i], out var actual);
            Assert.Equal(expected, actual);
            if (i == at % samples.Length) restored = Detector.Unpack(Packed(detector));
        }
        Assert.Equal(Packed(detector), Packed(restored));
    }

    private static (Detector, double[]) Run(double[] samples)
    {
        var (detector, scores) = (Detector.Start, new double[samples.Length]);
        for (var i = 0; i < samples.Length; i++) detector = detector.Add(samples[i], out scores[i]);
        return (detector, scores);
    }

    private static byte[] Packed(Detector detector)
    {
        var bytes = new byte[Detector.MostBytes];
        return bytes[..detector.Pack(bytes)];
    }
}
