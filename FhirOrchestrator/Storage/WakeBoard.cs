namespace FhirOrchestrator.Storage;

/// <summary>Which queues have something new.</summary>
[Flags]
internal enum WakeKinds
{
    None = 0,
    Inbox = 1,
    Jobs = 2,
    Timers = 4,
    Publish = 8,
    Letters = 16,
    All = Inbox | Jobs | Timers | Publish | Letters,
}

/// <summary>
/// Tells waiting workers that something new is queued: a hint, never a fact. Stores raise it after a commit; a wait
/// that is never woken ends by itself, and polling finds what a lost hint did not tell.
/// </summary>
internal sealed class WakeBoard(TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<WakeKinds, TaskCompletionSource> _waiting = [];
    private WakeKinds _missed;

    /// <summary>
    /// Called, on the raiser's thread, with what this process raised itself: to tell the other replicas.
    /// </summary>
    public Action<WakeKinds>? OnRaisedHere { get; set; }

    /// <summary>Something of these kinds has been queued by this process.</summary>
    public void Raise(WakeKinds kinds)
    {
        if (kinds != WakeKinds.None)
        {
            RaiseFromAfar(kinds);
            OnRaisedHere?.Invoke(kinds);
        }
    }

    /// <summary>Another process said that something of these kinds has been queued.</summary>
    public void RaiseFromAfar(WakeKinds kinds)
    {
        List<TaskCompletionSource> woken = [];
        lock (_gate)
        {
            _missed |= kinds;
            foreach (var (kind, source) in _waiting.Where(w => (w.Key & kinds) != WakeKinds.None).ToList())
            {
                _waiting.Remove(kind);
                _missed &= ~kind;
                woken.Add(source);
            }
        }

        // Outside the lock: what continues may wait or raise again.
        foreach (var source in woken)
        {
            source.TrySetResult();
        }
    }

    /// <summary>Waits for a hint of one kind, at most that long; a hint raised since the last wait counts.</summary>
    public async Task WaitAsync(WakeKinds kind, TimeSpan atMost, CancellationToken ct)
    {
        Task hint;
        lock (_gate)
        {
            if ((_missed & kind) != WakeKinds.None)
            {
                _missed &= ~kind;
                return;
            }

            if (!_waiting.TryGetValue(kind, out var source))
            {
                source = new TaskCompletionSource();
                _waiting.Add(kind, source);
            }

            hint = source.Task;
        }

        try
        {
            await hint.WaitAsync(atMost, time, ct);
        }
        catch (TimeoutException)
        {
            // Polling is the truth.
        }
    }
}
