using System.Collections.Concurrent;
using FhirOrchestrator.Facts;

namespace FhirOrchestrator.Subscriptions;

/// <summary>
/// When each registration is due again: quickly while it is new, regularly once it is well, with growing pauses while
/// it fails. Kept in memory: a new process looks at everything once.
/// </summary>
internal sealed class RegistrarPace(TimeProvider time, TimeSpan checkEvery)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LastPause = TimeSpan.FromMinutes(1);
    private readonly ConcurrentDictionary<string, Beat> _beats = new(StringComparer.Ordinal);

    /// <summary>True where it is time.</summary>
    public bool IsDue(Registration registration) => Of(registration).DueAt <= time.GetUtcNow();

    /// <summary>True where it has been requested for longer than this.</summary>
    public bool IsOverdue(Registration registration, TimeSpan activationMax) =>
        Of(registration).RequestedSince is { } since && time.GetUtcNow() - since >= activationMax;

    /// <summary>True where a notification came since it was submitted.</summary>
    public bool IsHeard(Registration registration) =>
        Of(registration).RequestedSince is { } since && registration.LastNotification >= since;

    /// <summary>Notes how a look went; the next one is later the more often it failed.</summary>
    public void Note(Registration before, Registration after, TimeSpan? retryAfter, TimeSpan activationMax)
    {
        var now = time.GetUtcNow();
        var beat = Of(before);
        var wasResubmitted = IsOverdue(before, activationMax);
        var isRequested = after.Status == RegistrationStatus.Requested;
        var failures = after.Status == RegistrationStatus.Active ? 0 : Math.Min(beat.Failures + 1, 16);
        var pause = failures == 0 ? checkEvery : Pause(failures);
        if (retryAfter > pause)
        {
            pause = retryAfter.Value;
        }

        _beats[Key(after)] = new Beat(
            now + pause, failures, !isRequested ? null : wasResubmitted ? now : beat.RequestedSince ?? now);
    }

    /// <summary>How long until one of these is due; at most the regular interval.</summary>
    public TimeSpan UntilNext(IEnumerable<Registration> registrations)
    {
        var now = time.GetUtcNow();
        var next = registrations.Select(each => Of(each).DueAt).Append(now + checkEvery).Min();
        return next <= now ? TimeSpan.Zero : next - now;
    }

    private TimeSpan Pause(int failures)
    {
        var pause = TimeSpan.FromTicks(FirstPause.Ticks << (failures - 1));
        var most = checkEvery < LastPause ? checkEvery : LastPause;
        return pause < most ? pause : most;
    }

    private Beat Of(Registration registration) =>
        _beats.TryGetValue(Key(registration), out var beat) ? beat : new Beat(DateTimeOffset.MinValue, 0, null);

    private static string Key(Registration registration) =>
        $"{registration.Ehr}/{registration.Package}/{registration.Name}";

    private sealed record Beat(DateTimeOffset DueAt, int Failures, DateTimeOffset? RequestedSince);
}
