using System.Collections.Concurrent;
using FhirOrchestrator.Fhir.Definitions.Packages;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Profiles;

/// <summary>
/// StructureDefinitions with their snapshots, by canonical URL: as published where they have one, else made from the
/// differential over the base, to any depth. Each is made once.
/// </summary>
internal sealed class SnapshotShelf(ConformanceSet definitions)
{
    /// <summary>How many bases may stand over each other.</summary>
    public const int BasesMax = 32;

    private readonly ConcurrentDictionary<string, Snapshot> _made = new(StringComparer.Ordinal);

    /// <summary>FHIR 4.0.1 alone.</summary>
    public static SnapshotShelf R4 { get; } = new(ConformanceSet.R4);

    /// <summary>
    /// A StructureDefinition with its snapshot; null where the definitions hold none of that URL. Problems say what is
    /// wrong with a differential; then the snapshot is not to be relied on.
    /// </summary>
    public Snapshot? Find(string canonical) => Find(canonical, BasesMax);

    private Snapshot? Find(string canonical, int bases)
    {
        if (_made.TryGetValue(canonical, out var known))
        {
            return known;
        }

        if (definitions.StructureDefinition(canonical) is not { } definition)
        {
            return null;
        }

        var made = definition["snapshot"] is not null ? new Snapshot(definition, []) : Make(definition, bases);
        return bases > 0 ? _made.GetOrAdd(canonical, made) : made;
    }

    private Snapshot Make(ObjectNode definition, int bases)
    {
        var url = definition.Text("url") ?? "";
        var baseUrl = definition.Text("baseDefinition") ?? "";
        if (bases == 0)
        {
            return Failed(url, $"expected at most {BasesMax} definitions over each other, got more, or a circle");
        }

        return Find(baseUrl, bases - 1) switch
        {
            null => Failed(url, $"expected the base {baseUrl}, got none"),
            { StructureDefinition: null } broken => new(null, broken.Problems),
            { StructureDefinition: { } from } => SnapshotGenerator.Generate(
                definition, from, other => Find(other, bases - 1)?.StructureDefinition),
        };
    }

    private static Snapshot Failed(string url, string reason) => new(null, [new SnapshotProblem(url, "", reason)]);
}
