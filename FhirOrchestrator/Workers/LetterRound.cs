using FhirOrchestrator.Chains;
using FhirOrchestrator.Storage;

namespace FhirOrchestrator.Workers;

/// <summary>Applies what people posted on our screens, in the order in which they posted it.</summary>
internal sealed class LetterRound(IChainStore store, ChainTurns turns)
{
    private const int CountMax = 50;
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    public async Task<int> RunAsync(CancellationToken ct)
    {
        var letters = await store.ClaimLettersAsync(CountMax, Lease, ct);
        foreach (var letter in letters)
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

        return letters.Length;
    }
}
