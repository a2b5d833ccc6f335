using FhirOrchestrator.Matching;
using FhirOrchestrator.Plans;
using FhirOrchestrator.Storage;

namespace FhirOrchestrator.Workers;

/// <summary>What a chain waits for: its trigger, its patient, and what its package watches.</summary>
internal static class Waits
{
    public static ImmutableArray<WaitKey> Of(ChainRecord chain, WorkflowPackage package)
    {
        var keys = ImmutableArray.CreateBuilder<WaitKey>();
        foreach (var entry in chain.Dossier.Where(entry => entry.Name is "trigger" or "patient"))
        {
            keys.Add(new WaitKey(Correlations.OfSelf(entry.Type, entry.Id), entry.Name));
            foreach (var watch in package.Watches.Where(watch => watch.Of == entry.Name))
            {
                keys.Add(new WaitKey(
                    Correlations.OfReference(watch.ResourceType, watch.Element, $"{entry.Type}/{entry.Id}"),
                    watch.Name));
            }
        }

        return keys.DrainToImmutable();
    }
}
