using Grpc.Core;

namespace Fleet.Client;

/// <summary>Whether a call may be sent a second time when nobody knows what came of the first.</summary>
internal enum Repeat
{
    /// <summary>A second one would do it twice.</summary>
    Never,

    /// <summary>A second one changes nothing more.</summary>
    Safe,
}

/// <summary>Tries again, with growing pauses and jitter, what is safe to repeat while the engine is unavailable.</summary>
internal sealed class Retries(FleetClientOptions options, Uri engine)
{
    /// <summary>Runs until it succeeds, must not be repeated, has been tried often enough, or the time is over.</summary>
    /// <exception cref="FleetException">The last failure.</exception>
    public async Task<T> Run<T>(Repeat repeat, TimeSpan timeout, Func<CancellationToken, Task<T>> attempt, CancellationToken cancel)
    {
        using var clock = new CancellationTokenSource(timeout, options.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, clock.Token);
        FleetException? failure = null;
        try
        {
            for (var tried = 1; ; tried++)
            {
                try
                {
                    return await attempt(either.Token);
                }
                catch (FleetException e) when (repeat == Repeat.Safe && MayHelp(e) && tried < options.Attempts)
                {
                    failure = e;
                }
                await Task.Delay(Pause(tried), options.Time, either.Token);
            }
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested && clock.IsCancellationRequested)
        {
            // The failure before says more than the clock does.
            throw failure ?? new FleetException(StatusCode.DeadlineExceeded, "NO_ANSWER", $"{engine} did not answer within {timeout.TotalSeconds:0.#} s");
        }
    }

    /// <summary>Whether another try can end better than this one.</summary>
    public static bool MayHelp(FleetException failure) => failure.Status == StatusCode.Unavailable && failure.Reason != RpcErrors.Untrusted;

    /// <summary>Anything up to a bound that doubles ("full jitter"): those who fail together don't come back together.</summary>
    public TimeSpan Pause(int tried)
    {
        var bound = options.FirstPause * Math.Pow(2, Math.Min(tried - 1, 30));
        return (bound < options.LongestPause ? bound : options.LongestPause) * options.Chance.NextDouble();
    }
}
