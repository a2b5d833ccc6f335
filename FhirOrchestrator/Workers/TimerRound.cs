using FhirOrchestrator.Chains;
using FhirOrchestrator.Storage;
using FhirOrchestrator.Telemetry;

namespace FhirOrchestrator.Workers;

/// <summary>
/// Fires what has come due. A timer on which this server breaks stays due and holds up no other chain's deadlines.
/// </summary>
internal sealed class TimerRound(IChainStore store, ChainTurns turns, ILogger<TimerRound> log)
{
    private const int CountMax = 100;
    private const int BrokenMax = 10_000;

    // They come first, being the oldest: the next round looks as much further.
    private int _broken;

    public async Task<int> RunAsync(CancellationToken ct)
    {
        var due = await store.FindDueTimersAsync(CountMax + _broken, ct);
        var fired = 0;
        foreach (var timer in due)
        {
            try
            {
                await FireAsync(timer, ct);
                fired++;
            }
            catch (Exception bug) when (bug is not OperationCanceledException && !StorageFault.IsUnavailable(bug))
            {
                log.TimerBroke(timer.Chain.Value, timer.Step.Value, bug);
            }
        }

        _broken = Math.Min(due.Length - fired, BrokenMax);
        return fired;
    }

    private Task<TurnResult> FireAsync(DueTimer timer, CancellationToken ct) => turns.ApplyAsync(
        timer.Chain,
        (chain, now) => new Prepared(chain, new ChainEvent.TimerFired(now, timer.Step, timer.Kind))
        {
            Otherwise = [new ChainCommand.ClearTimers(timer.Step)],
        },
        default,
        ct);
}
