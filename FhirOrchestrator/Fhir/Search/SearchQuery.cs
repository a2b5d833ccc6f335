using System.Globalization;

namespace FhirOrchestrator.Fhir.Search;

/// <summary>Modifiers of a parameter (R4, search, modifiers).</summary>
internal enum SearchModifier
{
    None,

    /// <summary><c>:missing</c></summary>
    Missing,

    /// <summary><c>:not</c> on tokens: no value matches.</summary>
    Not,

    /// <summary><c>:exact</c> on strings.</summary>
    Exact,

    /// <summary><c>:contains</c> on strings.</summary>
    Contains,
}

/// <summary>One parameter of a query: any of the values has to match.</summary>
internal sealed record SearchCriterion(
    SearchParameter Parameter, SearchModifier Modifier, ImmutableArray<SearchValue> AnyOf);

/// <summary>One key of <c>_sort</c>.</summary>
internal sealed record SearchSort(SearchParameter Parameter, bool IsDescending);

/// <summary>What is wrong with a query, in words for an OperationOutcome.</summary>
/// <param name="Code">A code of R4's issue types: <c>invalid</c> or <c>not-supported</c>.</param>
internal sealed record SearchProblem(string Code, string Message);

/// <summary>What reading a query gave: the query, or why it is refused.</summary>
internal readonly record struct ParsedQuery(SearchQuery? Query, SearchProblem? Problem)
{
    /// <summary>True, and the query, where it was understood to the last parameter.</summary>
    public bool Succeeded(
        [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out SearchQuery? query,
        [System.Diagnostics.CodeAnalysis.NotNullWhen(false)] out SearchProblem? problem)
    {
        query = Query;
        problem = Query is null ? Problem ?? new SearchProblem("invalid", "expected a query, got none") : null;
        return query is not null;
    }
}

/// <summary>
/// A search for resources of one type, understood completely: every criterion has to match. Nothing of a query is ever
/// ignored, because a filter that is dropped finds too much.
/// </summary>
internal sealed record SearchQuery
{
    /// <summary>The resource type searched.</summary>
    public required string Type { get; init; }

    public ImmutableArray<SearchCriterion> Criteria { get; init; } = [];

    public ImmutableArray<SearchSort> Sort { get; init; } = [];

    /// <summary><c>_count</c>: resources a page; null for the server's choice.</summary>
    public int? Count { get; init; }

    /// <summary>True for <c>_summary=count</c> and <c>_count=0</c>: only the total is wanted.</summary>
    public bool IsCountOnly { get; init; }

    /// <summary>False for <c>_total=none</c>: the total is not needed.</summary>
    public bool WantsTotal { get; init; } = true;

    /// <summary>
    /// The server's own base URL; absolute references to it count as relative. Null where it has none.
    /// </summary>
    public string? OwnBase { get; init; }

    /// <summary>The query's parameters as given, decoded, in their order.</summary>
    public required ImmutableArray<KeyValuePair<string, string>> Given { get; init; }

    /// <summary>Reads the query part of a search URL, with or without its question mark.</summary>
    /// <param name="resourceType">The type searched; has to be one that R4 knows.</param>
    /// <param name="query">Percent-encoded pairs.</param>
    /// <param name="ownBase">See <see cref="OwnBase"/>.</param>
    public static ParsedQuery Parse(string resourceType, string query, string? ownBase = null) =>
        SearchQueryReader.Read(resourceType, QueryText.Decode(query), ownBase);

    /// <summary>Reads <c>Type?query</c>, as a Subscription's criteria have it; the query may be absent.</summary>
    public static ParsedQuery ParseUrl(string url, string? ownBase = null)
    {
        var mark = url.IndexOf('?', StringComparison.Ordinal);
        return mark < 0 ? Parse(url, "", ownBase) : Parse(url[..mark], url[(mark + 1)..], ownBase);
    }

    /// <summary>The criteria in a form that is the same for queries that differ only in order or encoding.</summary>
    public string ToCanonicalText() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Type}?{string.Join('&', Given.Select(pair => $"{pair.Key}={pair.Value}").Order(StringComparer.Ordinal))}");

    /// <summary>The query encoded for a URL, without question mark.</summary>
    public string ToQueryString() => QueryText.Encode(Given);
}
