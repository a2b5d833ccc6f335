using FhirOrchestrator.Chains;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Outcomes;
using FhirOrchestrator.Plans;
using FhirOrchestrator.Storage;

namespace FhirOrchestrator.Workers;

/// <summary>
/// Whether news of a chain's patient or trigger hold it at once: a Task that may be about the wrong person must not
/// stay open until the next effect happens to look.
/// </summary>
internal sealed class SubjectHolds(IChainStore store, PackageShelf shelf, ChainViews views)
{
    public async Task<Code?> FindAsync(WaitMatch waiting, Resource? news, CancellationToken ct)
    {
        switch (waiting.Name)
        {
            case Dossier.PatientName when news is not null:
                return SubjectReading.OfPatient(news);
            case Dossier.TriggerName when news is not null && await store.FindAsync(waiting.Chain, ct) is { } chain:
                var package = await shelf.FindAsync(chain.Package, chain.State.Plan, ct);
                return SubjectReading.OfTrigger(views.Of(chain, package, [], await store.NowAsync(ct)), news);
            default:
                return null;
        }
    }
}
