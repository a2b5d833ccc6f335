using FhirOrchestrator.Chains;
using FhirOrchestrator.Facts;
using FhirOrchestrator.Matching;
using FhirOrchestrator.Storage;

namespace FhirOrchestrator.Workers;

/// <summary>Tells live chains what happened to the resources that they wait for.</summary>
internal sealed class SignalTurns(IChainStore store, ChainTurns turns, SubjectHolds holds)
{
    public async Task<ImmutableArray<MatchVerdict>> MatchAsync(Happening happening, Uri baseUrl, CancellationToken ct)
    {
        var correlations = happening.Resource is { } resource
            ? Correlations.Of(resource, baseUrl)
            : [Correlations.OfSelf(happening.Key.Type, happening.Key.Id)];
        var verdicts = ImmutableArray.CreateBuilder<MatchVerdict>();
        foreach (var waiting in await store.FindWaitingAsync(happening.Key.Ehr, correlations, ct))
        {
            verdicts.Add(await TellAsync(waiting, happening, ct));
        }

        return verdicts.DrainToImmutable();
    }

    private async Task<MatchVerdict> TellAsync(WaitMatch waiting, Happening happening, CancellationToken ct)
    {
        var entry = new DossierEntry(
            waiting.Name, happening.Key.Type, happening.Key.Id, happening.Version,
            happening.Resource?.ToUtf8() ?? default(ReadOnlyMemory<byte>), happening.SeenAt);
        var version = $"{happening.Key.Path}/_history/{happening.Version}";
        var hold = await holds.FindAsync(waiting, happening.Resource, ct);
        var plan = "";
        var result = await turns.ApplyAsync(
            waiting.Chain,
            (chain, now) =>
            {
                plan = chain.State.Plan.Url;
                return Dossiers.HasThisOrLater(chain, entry)
                    ? null
                    : new Prepared(
                        Dossiers.With(chain, entry),
                        new ChainEvent.Signalled(now, waiting.Name, version, happening.IsDeleted, hold));
            },
            default,
            ct);
        return new MatchVerdict(
            plan, MatchKind.Signalled, waiting.Name, result.Why ?? "the chain was told", waiting.Chain);
    }
}
