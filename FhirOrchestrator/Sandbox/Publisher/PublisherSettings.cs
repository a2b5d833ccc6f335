namespace FhirOrchestrator.Sandbox.Publisher;

/// <summary>How the sandbox EHR delivers notifications.</summary>
internal sealed record PublisherSettings
{
    /// <summary>
    /// The FHIR base under which subscribers know this EHR, without a slash at its end; read at each use.
    /// </summary>
    public required Func<string> BaseUrl { get; init; }

    /// <summary>The wait before the first repetition of a delivery; it doubles with each. Default 500 ms.</summary>
    public TimeSpan RetryDelayFirst { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The longest wait between two attempts. Default 5 s.</summary>
    public TimeSpan RetryDelayMax { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Attempts before the Subscription is set to <c>error</c>. Default 20: about 85 s with the waits above.
    /// </summary>
    public int AttemptsMax { get; init; } = 20;

    /// <summary>How long an endpoint may take to answer, unless the Subscription asks for less. Default 10 s.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often the feed is looked at without being woken. Default 500 ms.</summary>
    public TimeSpan PollEvery { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Changes read and routed in one transaction. Default 200.</summary>
    public int PageMax { get; init; } = 200;

    /// <summary>Deliveries of one Subscription taken from the queue at once. Default 32.</summary>
    public int BatchMax { get; init; } = 32;

    /// <summary>The wait before attempt <paramref name="attempt"/> + 1 (attempts count from 1).</summary>
    public TimeSpan DelayAfter(int attempt)
    {
        var doubled = RetryDelayFirst * Math.Pow(2, Math.Min(attempt - 1, 20));
        return doubled < RetryDelayMax ? doubled : RetryDelayMax;
    }
}
