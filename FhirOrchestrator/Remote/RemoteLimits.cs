namespace FhirOrchestrator.Remote;

/// <summary>Bounds of the way to one EHR; each EHR has its own.</summary>
internal sealed record RemoteLimits
{
    /// <summary>One exchange, from the first byte sent to the last one read; default 30 s.</summary>
    public TimeSpan ExchangeMax { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Waiting for a free place and the exchange together; default 60 s.</summary>
    public TimeSpan TotalMax { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Connecting, TLS included; default 10 s.</summary>
    public TimeSpan ConnectMax { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The largest reply body after decompression, in bytes; default 32 MiB.</summary>
    public int ReplyBytesMax { get; init; } = 32 * 1024 * 1024;

    /// <summary>Requests under way at once; default 16.</summary>
    public int ConcurrentMax { get; init; } = 16;

    /// <summary>Requests that wait for a place; more are refused at once; default 512.</summary>
    public int WaitingMax { get; init; } = 512;

    /// <summary>
    /// How often a read is repeated when no connection came about; writes are never repeated; default 1.
    /// </summary>
    public int SafeRetriesMax { get; init; } = 1;

    /// <summary>
    /// Failures within <see cref="BreakerWindow"/> from which on the breaker opens, if they are half of all; default
    /// 6.
    /// </summary>
    public int BreakerFailuresMin { get; init; } = 6;

    /// <summary>What the breaker looks back on; default 30 s.</summary>
    public TimeSpan BreakerWindow { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the breaker stays open; default 10 s.</summary>
    public TimeSpan BreakerPause { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The pause after a 429 that names none; default 5 s.</summary>
    public TimeSpan ThrottlePauseDefault { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The longest pause that a server may ask for; default 15 min.</summary>
    public TimeSpan ThrottlePauseMax { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>The most pages that one search follows; default 1,000.</summary>
    public int PagesMax { get; init; } = 1000;
}
