using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Search;

namespace FhirOrchestrator.Sandbox.Publisher;

/// <summary>Finds the Subscriptions that a resource concerns, for all of them at once. Immutable.</summary>
internal sealed class SubscriptionIndex
{
    private readonly ILookup<string, string> _unfiltered;
    private readonly Dictionary<string, int> _filters;
    private readonly CriteriaSet<string> _criteria;

    public SubscriptionIndex(IEnumerable<PublishedSubscription> subscriptions)
    {
        var all = subscriptions.ToList();
        _unfiltered = all.Where(each => each.Filters.IsEmpty).ToLookup(each => each.ResourceType, each => each.Id);
        _filters = all.ToDictionary(each => each.Id, each => each.Filters.Length, StringComparer.Ordinal);
        _criteria = new(all.SelectMany(each => each.Filters.Select(filter => (each.Id, filter))));
    }

    /// <summary>
    /// The ids of the Subscriptions that watch the resource's type and all of whose filters it meets, in their order.
    /// </summary>
    public IEnumerable<string> Match(Resource resource) => _criteria.Match(resource)
        .CountBy(id => id, StringComparer.Ordinal)
        .Where(met => met.Value == _filters[met.Key])
        .Select(met => met.Key)
        .Concat(_unfiltered[resource.Type])
        .Order(StringComparer.Ordinal);
}
