using System.Collections.Concurrent;
using Fleet.Resources;

namespace Fleet.Gateway.Access;

/// <summary>
/// Whether a certificate that a device shows is still its resource's. The handshake says only who issued it and until when; that
/// it was replaced, the resource alone knows. An answer is good for a while: one pull is many requests.
/// </summary>
internal sealed class PresentedCertificates(IGrainFactory grains, TimeProvider time)
{
    /// <summary>So long may a certificate still be taken after it was replaced.</summary>
    public static readonly TimeSpan GoodFor = TimeSpan.FromSeconds(30);

    private const int Many = 10_000;

    private readonly ConcurrentDictionary<string, (bool Recognized, DateTimeOffset Until)> known = new(StringComparer.Ordinal);

    /// <summary>Whether the resource has, or still takes, the certificate with this fingerprint.</summary>
    public async Task<bool> Recognized(string resource, string fingerprint)
    {
        var now = time.GetUtcNow();
        if (known.TryGetValue(fingerprint, out var answer) && now < answer.Until) return answer.Recognized;
        var recognized = await grains.Resource(new ResourceId(resource)).Recognizes(fingerprint);
        if (known.Count >= Many) Forget(now);
        known[fingerprint] = (recognized, now + GoodFor);
        return recognized;
    }

    private void Forget(DateTimeOffset now)
    {
        foreach (var (fingerprint, answer) in known)
            if (now >= answer.Until) known.TryRemove(fingerprint, out _);
    }
}
