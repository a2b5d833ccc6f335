using FhirOrchestrator.Fhir;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Matching;

/// <summary>
/// What a resource can concern: itself (<c>Encounter/7</c>), and every resource that one of its top-level elements
/// refers to (<c>Encounter.subject=Patient/1</c>). Chains wait for these texts.
/// </summary>
internal static class Correlations
{
    /// <summary>The correlation of a resource as such.</summary>
    public static string OfSelf(string type, string id) => $"{type}/{id}";

    /// <summary>The correlation of whatever refers to a target by a top-level element.</summary>
    public static string OfReference(string type, string element, string target) => $"{type}.{element}={target}";

    /// <summary>All correlations of a resource, its own first.</summary>
    /// <param name="resource">A resource with an id.</param>
    /// <param name="baseUrl">The base of its EHR: an absolute reference below it is a relative one.</param>
    public static ImmutableArray<string> Of(Resource resource, Uri baseUrl)
    {
        var found = ImmutableArray.CreateBuilder<string>();
        found.Add(OfSelf(resource.Type, resource.Id ?? ""));
        foreach (var member in resource.Root.Members)
        {
            foreach (var item in member.Value.AsItems)
            {
                if (PathOf(ResourceReference.Of(item as ObjectNode), baseUrl) is { } path)
                {
                    found.Add(OfReference(resource.Type, member.Name, path));
                }
            }
        }

        return found.DrainToImmutable();
    }

    /// <summary>
    /// <c>Type/id</c> of a reference to a resource of this EHR; null for one to elsewhere, which is opaque to us.
    /// </summary>
    public static string? PathOf(ResourceReference? reference, Uri baseUrl)
    {
        var origin = baseUrl.AbsoluteUri.TrimEnd('/');
        return reference is { Path: { } path } && (reference.Base is null || reference.Base == origin) ? path : null;
    }
}
