using FhirOrchestrator.Chains;
using FhirOrchestrator.Storage;

namespace FhirOrchestrator.Workers;

/// <summary>Fires what has come due.</summary>
internal sealed class TimerRound(IChainStore store, ChainTurns turns)
{
    private const int CountMax = 100;

    public async Task<int> RunAsync(CancellationToken ct)
    {
        var due = await store.FindDueTimersAsync(CountMax, ct);
        foreach (var timer in due)
        {
            await turns.ApplyAsync(
                timer.Chain,
                (chain, now) => new Prepared(chain, new ChainEvent.TimerFired(now, timer.Step, timer.Kind))
                {
                    Otherwise = [new ChainCommand.ClearTimers(timer.Step)],
                },
                default,
                ct);
        }

        return due.Length;
    }
}
