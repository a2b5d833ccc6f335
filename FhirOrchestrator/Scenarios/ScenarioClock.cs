namespace FhirOrchestrator.Scenarios;

/// <summary>
/// The clock of a scenario: it stands until it is moved on. Its timers are the machine's, so that a guard against
/// hanging still rings; nothing that a scenario plays waits for one.
/// </summary>
internal sealed class ScenarioClock(DateTimeOffset start) : TimeProvider
{
    private DateTimeOffset _now = start;

    public override DateTimeOffset GetUtcNow() => _now;

    /// <summary>Moves the clock on, never back.</summary>
    public void MoveTo(DateTimeOffset instant)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(instant, _now);
        _now = instant;
    }
}
