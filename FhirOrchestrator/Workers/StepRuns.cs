using FhirOrchestrator.Chains;
using FhirOrchestrator.Plans;
using FhirOrchestrator.Remote;
using FhirOrchestrator.Steps;
using FhirOrchestrator.Storage;
using FhirOrchestrator.Subscriptions;

namespace FhirOrchestrator.Workers;

/// <summary>Puts together what a step or a publication works with.</summary>
internal sealed class StepRuns(
    IChainStore store, ChainTurns turns, PackageShelf shelf, ChainViews views, EhrClients ehrs, KindProfiles kinds,
    TimeProvider clock)
{
    /// <summary>
    /// The run of a step of a chain as it stands; null where the chain does not exist, or its EHR is not configured any
    /// more.
    /// </summary>
    public async Task<StepRun?> FindAsync(ChainId id, StepName? step, CancellationToken ct)
    {
        if (await store.FindAsync(id, ct) is not { } chain || !ehrs.TryGet(chain.Ehr, out var ehr))
        {
            return null;
        }

        var package = await shelf.FindAsync(chain.Package, chain.State.Plan, ct);
        var effects = await store.FindWrittenAsync(id, ct);
        return new StepRun
        {
            Step = step ?? package.Definition.Steps[0].Name,
            Chain = views.Of(chain, package, effects, await store.NowAsync(ct)),
            Ehr = ehr,
            Facts = FactsOf(kinds[ehr.Settings.Kind]),
            Ledger = new EffectLedger(store, turns, id, ehr),
            Time = clock,
        };
    }

    private static EhrFacts FactsOf(KindProfile kind) => new()
    {
        TakesTask = kind.WriteTier is not 0,
        TakesCommunication = kind.WriteTier is not 0,
        CommunicationReachesInbox = kind.StoredCommunicationReachesInbox switch
        {
            ReachesInbox.Yes => InboxReach.Yes,
            ReachesInbox.No => InboxReach.No,
            ReachesInbox.Unknown => InboxReach.Unknown,
        },
    };
}
