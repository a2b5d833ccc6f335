using FhirOrchestrator.Chains;

namespace FhirOrchestrator.Storage.Memory;

/// <summary>
/// One holder a chain; those who wait are served in order, and continue inline on the thread that lets go.
/// </summary>
internal sealed class MemoryLocks
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ChainId, Queue<TaskCompletionSource>> _held = [];

    public async Task TakeAsync(ChainId chain, CancellationToken ct)
    {
        TaskCompletionSource turn;
        lock (_gate)
        {
            if (_held.TryAdd(chain, []))
            {
                return;
            }

            turn = new TaskCompletionSource();
            _held[chain].Enqueue(turn);
        }

        await using var cancelled = ct.Register(() => turn.TrySetCanceled(ct));
        await turn.Task;
    }

    public void Give(ChainId chain)
    {
        while (true)
        {
            TaskCompletionSource? next;
            lock (_gate)
            {
                if (!_held[chain].TryDequeue(out next))
                {
                    _held.Remove(chain);
                    return;
                }
            }

            // Whoever gave up waiting is passed over.
            if (next.TrySetResult())
            {
                return;
            }
        }
    }
}
