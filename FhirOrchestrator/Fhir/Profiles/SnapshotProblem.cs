using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Profiles;

/// <summary>What a profile says that it may not say.</summary>
/// <param name="Profile">The profile's canonical URL.</param>
/// <param name="Element">The id or path of the element in its differential; empty for the profile as a whole.</param>
/// <param name="Reason">What was expected, and what is there.</param>
internal sealed record SnapshotProblem(string Profile, string Element, string Reason)
{
    public override string ToString() =>
        Element.Length == 0 ? $"{Profile}: {Reason}" : $"{Profile}: {Reason} at {Element}";
}

/// <summary>
/// A StructureDefinition with its snapshot, and what is wrong with the profile. With problems the snapshot holds what
/// could be understood of it; without a base there is none.
/// </summary>
internal sealed record Snapshot(ObjectNode? StructureDefinition, ImmutableArray<SnapshotProblem> Problems);
