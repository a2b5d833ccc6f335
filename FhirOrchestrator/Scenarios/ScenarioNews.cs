using FhirOrchestrator.Facts;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Search;
using FhirOrchestrator.Plans;
using FhirOrchestrator.Storage;
using Delivery = FhirOrchestrator.Storage.Delivery;

namespace FhirOrchestrator.Scenarios;

/// <summary>
/// Tells the inbox what changed at a scenario's EHR: one delivery for each subscription of the package whose criteria
/// match, as R4 servers send it, by turns with the resource as payload and with nothing but its address.
/// </summary>
internal sealed class ScenarioNews
{
    private readonly EhrId _ehr;
    private readonly string _package;
    private readonly IInbox _inbox;
    private readonly ImmutableArray<(string Name, SearchQuery Query)> _subscriptions;
    private readonly List<Delivery> _waiting = [];
    private int _count;

    public ScenarioNews(EhrId ehr, WorkflowPackage package, IInbox inbox)
    {
        _ehr = ehr;
        _package = package.Name;
        _inbox = inbox;
        _subscriptions = [.. package.Subscriptions.Select(each => (each.Name, Query(each)))];
    }

    /// <summary>Notes what is to be told of a new version.</summary>
    public void Announce(Resource resource)
    {
        var body = resource.ToUtf8();
        foreach (var (name, _) in _subscriptions.Where(each => SearchMatcher.Matches(each.Query, resource)))
        {
            var isWhole = _count++ % 2 == 0;
            _waiting.Add(new Delivery
            {
                Ehr = _ehr,
                Package = _package,
                Subscription = name,
                Origin = Origin.Notification,
                Method = "PUT",
                Target = resource.Path,
                ContentType = isWhole ? "application/fhir+json" : null,
                Body = isWhole ? body : ReadOnlyMemory<byte>.Empty,
            });
        }
    }

    /// <summary>Delivers what waits; returns how much that was.</summary>
    public async Task<int> DeliverAsync(CancellationToken ct)
    {
        var deliveries = _waiting.ToArray();
        _waiting.Clear();
        foreach (var delivery in deliveries)
        {
            await _inbox.AppendAsync(delivery, ct);
        }

        return deliveries.Length;
    }

    // The compiler has read the criteria before: what it cannot read is no package.
    private static SearchQuery Query(SubscriptionTemplate template) =>
        SearchQuery.ParseUrl(template.Criteria).Succeeded(out var query, out var problem)
            ? query
            : throw new InvalidOperationException($"criteria of {template.Name}: {problem.Message}");
}
