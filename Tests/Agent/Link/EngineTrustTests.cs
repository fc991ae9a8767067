using Fleet.Agent.Identity;
using Microsoft.Extensions.Time.Testing;

namespace Fleet.Agent.Link;

/// <summary>Whom a device believes when its own clock may be wrong.</summary>
public sealed class EngineTrustTests
{
    private static readonly DateTimeOffset Noon = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly TestAuthority _authority = new(Noon.AddYears(-1), Noon.AddYears(9));

    [Fact]
    public void The_engine_is_believed_while_its_certificate_holds()
    {
        Assert.Null(Refuse(Noon, until: Noon.AddDays(30)));
    }

    [Fact]
    public void An_old_certificate_is_refused_by_a_clock_that_may_be_right()
    {
        var refusal = Refuse(Noon, until: Noon.AddDays(-1));
        Assert.Contains("is the clock right?", refusal);
    }

    [Theory]
    [InlineData(1970)]
    [InlineData(2025)]
    [InlineData(2028)]
    [InlineData(2099)]
    public void A_clock_outside_of_the_devices_own_certificate_judges_no_dates(int year)
    {
        Assert.Null(Refuse(new DateTimeOffset(year, 1, 1, 0, 0, 0, TimeSpan.Zero), until: Noon.AddDays(30)));
    }

    [Theory]
    [InlineData(1970)]
    [InlineData(2026)]
    public void Another_authority_and_a_device_are_refused_whatever_the_clock_says(int year)
    {
        var now = new DateTimeOffset(year, 6, 1, 12, 0, 0, TimeSpan.Zero);
        var trust = Trust(now);
        var stranger = new TestAuthority(Noon.AddYears(-1), Noon.AddYears(9)).Issue("engine", TestAuthority.Server, Noon.AddDays(-1), Noon.AddDays(30));
        Assert.Contains("was not issued by this fleet's authority", trust.Refuse(stranger));
        Assert.Contains("isn't for servers", trust.Refuse(_authority.Issue("device-7", TestAuthority.Client, Noon.AddDays(-1), Noon.AddDays(30))));
        Assert.NotNull(trust.Refuse(null));
    }

    [Fact]
    public void A_certificate_is_renewed_when_a_third_of_its_life_is_left_by_the_engines_clock()
    {
        var identity = Device();
        Assert.False(identity.RenewalIsDue(Noon.AddDays(3)));
        Assert.True(identity.RenewalIsDue(Noon.AddDays(5)));
        Assert.True(identity.RenewalIsDue(Noon.AddDays(500)));
    }

    private string? Refuse(DateTimeOffset now, DateTimeOffset until) =>
        Trust(now).Refuse(_authority.Issue("engine", TestAuthority.Server, Noon.AddDays(-60), until));

    private EngineTrust Trust(DateTimeOffset now) => EngineTrust.Of(Device(), new FakeTimeProvider(now));

    private DeviceIdentity Device() => new("device-1", _authority.Issue("device-1", TestAuthority.Client, Noon.AddDays(-1), Noon.AddDays(6)), _authority.Certificate);
}
