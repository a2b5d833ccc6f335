using System.Collections.Concurrent;

namespace FhirOrchestrator.Subscriptions;

/// <summary>
/// When each hook last took something in, in this process: the registrar notes it with its next check, so that a
/// notification costs one insert and nothing else.
/// </summary>
internal sealed class NotificationPulse(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, DateTimeOffset> _last = new(StringComparer.Ordinal);

    /// <summary>The hook of that token took something in.</summary>
    public void Beat(string token) => _last[token] = time.GetUtcNow();

    /// <summary>When it last did, null where it never did in this process.</summary>
    public DateTimeOffset? Last(string token) => _last.TryGetValue(token, out var at) ? at : null;
}
