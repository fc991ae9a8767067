using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace Fleet.Images;

public sealed class DebianVersionTests
{
    private static readonly string[] Real =
    [
        "3.0.17-1~deb12u2", "3.0.20-1~deb12u2", "3.0.22-1~deb12u2", "3.0.2-1", "1.22.1-9+deb12u9", "1.22.1-9+deb12u11", "1.22.1-9",
        "1:1.2.13.dfsg-1", "1.2.13.dfsg-1", "0:1.2.13.dfsg-1", "2.36-9+deb12u14", "2.36-9+deb12u7", "2.36", "2.36-0", "1:4.4.33-2", "10.42-1+deb12u2",
        "10.42-1", "1.0~rc1-1", "1.0~rc1~git2-1", "1.0-1", "1.0", "1.0.0", "1.0a", "1.0+b1", "1.0-1+b1", "1.0-1.1", "0.19.0-1+b3",
        "5:7.0.15-1~deb12u5", "15.14-0+deb12u1", "20230311+deb12u1", "1.36.1-1", "1.9.3+ds1-1+b10", "1:9.2p1-2+deb12u7", "007-1", "7-1",
        "1.0-a", "1.0-A", "1.0-~", "1.0.~", "2:1.02.185-2", "1.18.2+dfsg-7", "12.4+deb12u15", "0~20171227.1a09bf2-3", "0.0-1", "00-1", "0",
    ];

    // Seldom anything but what versions are made of, so that random ones often differ in one place only.
    private static Arbitrary<string> Version() => Gen.Elements("0", "00", "1", "2", "10", "9", ".", "-", "+", "~", ":", "a", "b", "Z", "rc")
        .ListOf().Select(parts => string.Concat(parts)).ToArbitrary();

    [Property(MaxTest = 2000)]
    public Property Comparing_the_other_way_round_turns_the_answer() => Prop.ForAll(Version(), Version(), (a, b) =>
        Math.Sign(DebianVersion.Compare(a, b)) == -Math.Sign(DebianVersion.Compare(b, a)));

    [Property(MaxTest = 5000)]
    public Property What_is_older_than_an_older_one_is_older() => Prop.ForAll(Version(), Version(), Version(), (a, b, c) =>
    {
        var sorted = new[] { a, b, c };
        Array.Sort(sorted, DebianVersion.Compare);
        return DebianVersion.Compare(sorted[0], sorted[1]) <= 0 && DebianVersion.Compare(sorted[1], sorted[2]) <= 0
            && DebianVersion.Compare(sorted[0], sorted[2]) <= 0;
    });

    [Property(MaxTest = 2000)]
    public Property What_equals_an_equal_one_equals_it() => Prop.ForAll(Version(), Version(), Version(), (a, b, c) =>
        DebianVersion.Compare(a, b) != 0 || Math.Sign(DebianVersion.Compare(a, c)) == Math.Sign(DebianVersion.Compare(b, c)));

    [Property(MaxTest = 2000)]
    public Property A_tilde_makes_it_older_and_a_plus_newer() => Prop.ForAll(Version(), version =>
        DebianVersion.Compare(version + "~", version) < 0 && DebianVersion.Compare(version + "+", version) > 0);

    [Fact]
    public void The_order_is_that_of_dpkg()
    {
        Assert.SkipUnless(Shell.Has("dpkg") || Environment.GetEnvironmentVariable("CI") == "true", "needs dpkg");
        var random = new Random(5);
        var pairs = Enumerable.Range(0, 400).Select(_ => (Left: Real[random.Next(Real.Length)], Right: Real[random.Next(Real.Length)])).ToArray();

        var said = Shell.Run("sh", ["-c", """
            while read a b; do
              if dpkg --compare-versions "$a" lt "$b" 2>/dev/null; then echo -1; elif dpkg --compare-versions "$a" gt "$b" 2>/dev/null; then echo 1; else echo 0; fi
            done
            """], string.Concat(pairs.Select(p => $"{p.Left} {p.Right}\n"))).Split('\n').Select(int.Parse).ToArray();

        Assert.Equal(pairs.Length, said.Length);
        Assert.All(pairs.Zip(said), p => Assert.True(
            Math.Sign(DebianVersion.Compare(p.First.Left, p.First.Right)) == p.Second,
            $"{p.First.Left} against {p.First.Right}: dpkg says {p.Second}"));
    }
}
