using System.Diagnostics;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Search;

/// <summary>
/// Says in memory whether a resource matches a query: the same answer as a store's SQL, because both compare the same
/// rows by the same rules (a table of cases runs on both).
/// </summary>
internal static class SearchMatcher
{
    /// <summary>True where the resource is of the query's type and every criterion matches.</summary>
    public static bool Matches(SearchQuery query, Resource resource)
    {
        if (resource.Type != query.Type)
        {
            return false;
        }

        foreach (var criterion in query.Criteria)
        {
            if (!Matches(query, criterion, SearchIndexer.Extract(resource, criterion.Parameter)))
            {
                return false;
            }
        }

        return true;
    }

    private static bool Matches(SearchQuery query, SearchCriterion criterion, IReadOnlyCollection<SearchRow> rows)
    {
        if (criterion.AnyOf is [SearchValue.Missing missing])
        {
            return rows.Count == 0 == missing.IsMissing;
        }

        var isAny = rows.Any(
            row => criterion.AnyOf.Any(value => Matches(value, row, criterion.Modifier, query.OwnBase)));
        return isAny != (criterion.Modifier == SearchModifier.Not);
    }

    private static bool Matches(
        SearchValue value, SearchRow row, SearchModifier modifier, string? ownBase) => (value, row) switch
    {
        (SearchValue.Token asked, SearchRow.Token has) => IsToken(asked, has),
        (SearchValue.Reference asked, SearchRow.Reference has) =>
            has.TargetId == asked.Id
            && (asked.Type is null || has.TargetType == asked.Type)
            && (has.Base == (asked.Base ?? "") || (asked.Base is null && ownBase is not null && has.Base == ownBase)),
        (SearchValue.Uri asked, SearchRow.Reference has) => IsCanonical(asked.Value, has.Other),
        (SearchValue.Uri asked, SearchRow.Uri has) => IsCanonical(asked.Value, has.Value),
        (SearchValue.Text asked, SearchRow.Text has) => modifier switch
        {
            SearchModifier.Exact => has.Exact == asked.Exact,
            SearchModifier.Contains => has.Folded.Contains(asked.Folded, StringComparison.Ordinal),
            _ => has.Folded.StartsWith(asked.Folded, StringComparison.Ordinal),
        },
        (SearchValue.Date asked, SearchRow.Date has) => IsDate(asked, has.Low, has.High),
        (SearchValue.Quantity asked, SearchRow.Quantity has) =>
            (asked.System is null || has.System == asked.System)
            && (asked.Code is null || has.Code == asked.Code || has.Unit == asked.Code)
            && IsNumber(asked, has.Low, has.High),
        _ => throw new UnreachableException(),
    };

    private static bool IsToken(SearchValue.Token asked, SearchRow.Token has) =>
        (asked.Code is null || has.Code == asked.Code)
        && (asked.System is null || has.System == asked.System || (asked.IsOwnSystem && has.System.Length == 0));

    // Without a version any version of a canonical will do.
    private static bool IsCanonical(string asked, string has) =>
        has == asked
        || (has.Length > asked.Length && has[asked.Length] == '|' && has.StartsWith(asked, StringComparison.Ordinal));

    // ge and le take in the whole span asked for: a stay that ended on the 12th is found by ge2021-01-12. The words
    // of the
    // specification would leave it out, but servers and their clients agree on this reading.
    private static bool IsDate(SearchValue.Date asked, long low, long high) => asked.Prefix switch
    {
        SearchPrefix.Equal => asked.Low <= low && high <= asked.High,
        SearchPrefix.NotEqual => !(asked.Low <= low && high <= asked.High),
        SearchPrefix.Greater => high > asked.High,
        SearchPrefix.Less => low < asked.Low,
        SearchPrefix.GreaterOrEqual => high > asked.Low,
        SearchPrefix.LessOrEqual => low < asked.High,
        SearchPrefix.StartsAfter => low >= asked.High,
        SearchPrefix.EndsBefore => high <= asked.Low,
    };

    private static bool IsNumber(SearchValue.Quantity asked, decimal low, decimal high) => asked.Prefix switch
    {
        SearchPrefix.Equal => asked.Low <= low && high < asked.High,
        SearchPrefix.NotEqual => !(asked.Low <= low && high < asked.High),
        SearchPrefix.Greater => high > asked.Value,
        SearchPrefix.Less => low < asked.Value,
        SearchPrefix.GreaterOrEqual => high >= asked.Value,
        SearchPrefix.LessOrEqual => low <= asked.Value,
        SearchPrefix.StartsAfter => low > asked.Value,
        SearchPrefix.EndsBefore => high < asked.Value,
    };
}
