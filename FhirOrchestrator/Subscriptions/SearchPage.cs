using FhirOrchestrator.Facts;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Storage;

namespace FhirOrchestrator.Subscriptions;

/// <summary>A resource on a page of results.</summary>
internal readonly record struct PageItem(FoundVersion Found, DateTimeOffset? UpdatedAt);

/// <summary>What a sweep reads from one page of a search sorted by <c>_lastUpdated</c>.</summary>
/// <param name="Items">The matches, in the page's order.</param>
/// <param name="Problem">Why the page cannot be trusted to be sorted and filtered as asked; null where it can.</param>
internal sealed record SearchPage(ImmutableArray<PageItem> Items, string? Problem)
{
    /// <summary>Reads a searchset; entries that are no matches (an OperationOutcome, includes) are left out.</summary>
    public static SearchPage Read(EhrId ehr, string type, Resource bundle, DateTimeOffset since)
    {
        var items = ImmutableArray.CreateBuilder<PageItem>();
        string? problem = null;
        var earlier = Floor(since);
        foreach (var entry in bundle.Root.Children("entry"))
        {
            if (entry.Child("search")?.Text("mode") is not (null or "match")
                || Resource.From(entry["resource"]) is not { Id: { } id } resource || resource.Type != type)
            {
                continue;
            }

            // A server that ignores the filter or the order would make the watermark pass what was never looked at.
            var at = resource.LastUpdated;
            problem ??= at < Floor(since)
                ? "expected results from the watermark on, got an older one: _lastUpdated is ignored"
                : at < earlier
                    ? "expected results in order of _lastUpdated, got others: _sort is ignored"
                    : null;
            earlier = at > earlier ? Floor(at.Value) : earlier;
            items.Add(new(new(new(ehr, type, id), ResourceVersions.Of(resource)), at));
        }

        return new(items.ToImmutable(), problem);
    }

    /// <summary>Whole milliseconds: what a FHIR instant in a query can say.</summary>
    public static DateTimeOffset Floor(DateTimeOffset at) => new(at.UtcTicks / 10_000 * 10_000, TimeSpan.Zero);
}
