using System.Diagnostics;

namespace FhirOrchestrator.Fhir.Search;

/// <summary>Compares one value of a query with one row (R4, search, 3.1.1.4); the SQL of a store says the
/// same.</summary>
internal static class RowTests
{
    public static bool IsMatch(SearchValue value, SearchRow row, SearchModifier modifier, string? ownBase) =>
        (value, row) switch
        {
            (SearchValue.Token asked, SearchRow.Token has) => IsToken(asked, has),
            (SearchValue.CodeSet asked, SearchRow.Token has) => asked.Codes.Contains((has.System, has.Code)),
            (SearchValue.Reference asked, SearchRow.Reference has) =>
                has.TargetId == asked.Id
                && (asked.Type is null || has.TargetType == asked.Type)
                && (has.Base == (asked.Base ?? "")
                    || (asked.Base is null && ownBase is not null && has.Base == ownBase)),
            (SearchValue.Uri asked, SearchRow.Reference has) => IsCanonical(asked.Value, has.Other),
            (SearchValue.Uri asked, SearchRow.Uri has) => IsUri(asked.Value, has.Value, modifier),
            (SearchValue.Text asked, SearchRow.Text has) => modifier switch
            {
                SearchModifier.Exact => has.Exact == asked.Exact,
                SearchModifier.Contains => has.Folded.Contains(asked.Folded, StringComparison.Ordinal),
                _ => has.Folded.StartsWith(asked.Folded, StringComparison.Ordinal),
            },
            (SearchValue.Date asked, SearchRow.Date has) => IsDate(asked, has.Low, has.High),
            (SearchValue.Quantity asked, SearchRow.Quantity has) =>
                (asked.System is null || has.System == asked.System)
                && (asked.Code is null || has.Code == asked.Code || has.Unit == asked.Unit)
                && IsNumber(asked, has.Low, has.High),
            (SearchValue.Reference or SearchValue.Uri or SearchValue.Token, _) => false,
            _ => throw new UnreachableException(),
        };

    private static bool IsToken(SearchValue.Token asked, SearchRow.Token has) =>
        (asked.Code is null || has.Code == asked.Code)
        && (asked.System is null || has.System == asked.System || (asked.IsOwnSystem && has.System.Length == 0));

    // Without a version any version of a canonical will do.
    private static bool IsCanonical(string asked, string has) =>
        has == asked
        || (has.Length > asked.Length && has[asked.Length] == '|' && has.StartsWith(asked, StringComparison.Ordinal));

    // R4, search, uri: below is what begins with the value, above what the value begins with.
    private static bool IsUri(string asked, string has, SearchModifier modifier) => modifier switch
    {
        SearchModifier.Below => has.StartsWith(asked, StringComparison.Ordinal),
        SearchModifier.Above => has.Length > 0 && asked.StartsWith(has, StringComparison.Ordinal),
        _ => IsCanonical(asked, has),
    };

    // The words of R4's table of prefixes: ge and le also take in what lies wholly within the span asked for.
    private static bool IsDate(SearchValue.Date asked, long low, long high)
    {
        var isWithin = asked.Low <= low && high <= asked.High;
        return asked.Prefix switch
        {
            SearchPrefix.Equal => isWithin,
            SearchPrefix.NotEqual => !isWithin,
            SearchPrefix.Greater => high > asked.High,
            SearchPrefix.Less => low < asked.Low,
            SearchPrefix.GreaterOrEqual => high > asked.High || isWithin,
            SearchPrefix.LessOrEqual => low < asked.Low || isWithin,
            SearchPrefix.StartsAfter => low >= asked.High,
            SearchPrefix.EndsBefore => high <= asked.Low,
            SearchPrefix.Approximate => low < asked.High && high > asked.Low,
        };
    }

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
        SearchPrefix.Approximate => low <= asked.High && high >= asked.Low,
    };
}
