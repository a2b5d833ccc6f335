using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Outcomes;
using FhirOrchestrator.Storage;

namespace FhirOrchestrator.Workers;

/// <summary>Changes of a chain's dossier: only with an event, never backwards.</summary>
internal static class Dossiers
{
    // A chain watches a patient for weeks: what it has seen of others must not grow without end.
    private const int EntriesMax = 200;

    /// <summary>The chain with an entry in place of the one of its name and resource, or added.</summary>
    public static ChainRecord With(ChainRecord chain, DossierEntry entry)
    {
        for (var at = 0; at < chain.Dossier.Length; at++)
        {
            var known = chain.Dossier[at];
            if (known.Name == entry.Name && known.Type == entry.Type && known.Id == entry.Id)
            {
                return chain with { Dossier = chain.Dossier.SetItem(at, entry) };
            }
        }

        return chain.Dossier.Length >= EntriesMax ? chain : chain with { Dossier = chain.Dossier.Add(entry) };
    }

    /// <summary>True where the dossier has this resource under this name in this version or a later one.</summary>
    public static bool HasThisOrLater(ChainRecord chain, DossierEntry entry)
    {
        var known = chain.Dossier.FirstOrDefault(
            each => each.Name == entry.Name && each.Type == entry.Type && each.Id == entry.Id);
        if (known is null || known.Body.IsEmpty || entry.Body.IsEmpty)
        {
            return known is not null && known.Body.IsEmpty == entry.Body.IsEmpty && known.Version == entry.Version;
        }

        return known.Version == entry.Version
            || (Resource.Read(entry.Body.Span).Value is { } seen
                && Resource.Read(known.Body.Span).Value is { } last
                && OwnWrite.IsOlder(seen, last));
    }
}
