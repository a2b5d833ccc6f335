using FhirOrchestrator.Chains;
using FhirOrchestrator.Storage;
using FhirOrchestrator.Telemetry;

namespace FhirOrchestrator.Workers;

/// <summary>
/// Applies what people posted on our screens, in the order in which they posted it. One on which this server breaks is
/// answered so, and holds up nobody else's.
/// </summary>
internal sealed class LetterRound(IChainStore store, ChainTurns turns, ILogger<LetterRound> log)
{
    private const int CountMax = 50;
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    public async Task<int> RunAsync(CancellationToken ct)
    {
        var letters = await store.ClaimLettersAsync(CountMax, Lease, ct);
        foreach (var letter in letters)
        {
            try
            {
                await ApplyAsync(letter, ct);
            }
            catch (Exception bug) when (bug is not OperationCanceledException && !StorageFault.IsUnavailable(bug))
            {
                log.LetterBroke(letter.Chain.Value, letter.Number, bug);
                await store.FinishLetterAsync(
                    letter.Number, Verdict.Refused, "An error of this server: nothing was changed.", ct);
            }
        }

        return letters.Length;
    }

    private async Task ApplyAsync(Letter letter, CancellationToken ct)
    {
        var result = await turns.ApplyAsync(
            letter.Chain,
            (chain, now) => new Prepared(chain, letter.Happened with { At = now }),
            new TurnClaim(Letter: letter.Number),
            ct);
        if (result.Verdict != Verdict.Applied)
        {
            await store.FinishLetterAsync(letter.Number, result.Verdict, result.Why, ct);
        }
    }
}
