using System.Collections.Immutable;
using FhirOrchestrator.Fhir.Definitions.Digest;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Tests.Support;

/// <summary>The official bundles of R4 definitions in ../shared, each read once a test run.</summary>
internal static class OfficialDefinitions
{
    private static readonly Dictionary<string, ImmutableArray<ObjectNode>> Read = new(StringComparer.Ordinal);

    /// <summary>The StructureDefinitions of a bundle; ignores the running test where ../shared is absent.</summary>
    public static IEnumerable<ObjectNode> Structures(string bundle)
    {
        var folder = SharedFolder.Path("data/r4-definitions/raw");
        lock (Read)
        {
            if (!Read.TryGetValue(bundle, out var resources))
            {
                resources = new BundleFolder(folder).Resources(bundle);
                Read.Add(bundle, resources);
            }

            return resources.Where(each =>
                each.Text("resourceType") == "StructureDefinition" && each.Text("kind") != "logical");
        }
    }
}
