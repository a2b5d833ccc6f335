using System.Globalization;

namespace FhirOrchestrator.Fhir.Search;

/// <summary>One key of <c>_sort</c>.</summary>
internal sealed record SearchSort(SearchParameter Parameter, bool IsDescending);

/// <summary><c>_include</c> or <c>_revinclude</c>.</summary>
/// <param name="IsReverse">True for <c>_revinclude</c>: what refers to what was found.</param>
/// <param name="IsIterate">True for <c>:iterate</c>: also from what was included.</param>
/// <param name="SourceType">The type that holds the reference; null for any (<c>*</c>).</param>
/// <param name="Parameter">The reference; null for all (<c>*</c>).</param>
/// <param name="TargetType">The type that the reference points at; null for any.</param>
internal sealed record SearchInclude(
    bool IsReverse, bool IsIterate, string? SourceType, SearchParameter? Parameter, string? TargetType);

/// <summary>What is wrong with a query, in words for an OperationOutcome.</summary>
/// <param name="Code">A code of R4's issue types: <c>invalid</c> or <c>not-supported</c>.</param>
internal sealed record SearchProblem(string Code, string Message);

/// <summary>How queries are to be read.</summary>
internal sealed record SearchReading
{
    /// <summary>R4's parameters, no server of its own, nothing ignored.</summary>
    public static SearchReading Plain { get; } = new();

    /// <summary>The parameters known.</summary>
    public SearchCatalogs Catalogs { get; init; } = SearchCatalogs.R4;

    /// <summary>The server's own base URL; absolute references to it count as relative. Null: it has none.</summary>
    public string? OwnBase { get; init; }

    /// <summary>True for <c>Prefer: handling=lenient</c>: what is not supported is left out, and told.</summary>
    public bool IsLenient { get; init; }

    /// <summary>
    /// True for conditions of writes: <c>|code</c> finds only values without a system, as R4's text has it. Searches
    /// take the code of any system there, as the official suite has it: finding too much is seen, writing over
    /// somebody else's resource is not.
    /// </summary>
    public bool IsCondition { get; init; }

    /// <summary>The instant of asking, for the prefix <c>ap</c> on dates; null where there is none.</summary>
    public DateTimeOffset? Now { get; init; }
}

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
/// A search for resources, understood completely: every condition has to hold. Nothing of a query is ever dropped
/// unless the client asked for that, because a filter that is dropped finds too much.
/// </summary>
internal sealed record SearchQuery
{
    /// <summary>The resource type searched; empty for a search of the whole system.</summary>
    public required string Type { get; init; }

    /// <summary>The types searched; more than one only in a search of the system.</summary>
    public required ImmutableArray<string> Types { get; init; }

    public ImmutableArray<SearchCondition> Criteria { get; init; } = [];

    public ImmutableArray<SearchSort> Sort { get; init; } = [];

    public ImmutableArray<SearchInclude> Includes { get; init; } = [];

    /// <summary><c>_elements</c> and <c>_summary</c>.</summary>
    public SearchShape Shape { get; init; } = SearchShape.Whole;

    /// <summary><c>_count</c>: resources a page; null for the server's choice.</summary>
    public int? Count { get; init; }

    /// <summary>True for <c>_summary=count</c> and <c>_count=0</c>: only the total is wanted.</summary>
    public bool IsCountOnly { get; init; }

    /// <summary>False for <c>_total=none</c>: the total is not needed.</summary>
    public bool WantsTotal { get; init; } = true;

    /// <summary>
    /// The server's own base URL; absolute references to it count as relative. Null where it has none.
    /// </summary>
    public string? OwnBase => Reading.OwnBase;

    /// <summary>How the query was read.</summary>
    public SearchReading Reading { get; init; } = SearchReading.Plain;

    /// <summary>The query's parameters as given, decoded, in their order; without those that were ignored.</summary>
    public required ImmutableArray<KeyValuePair<string, string>> Given { get; init; }

    /// <summary>What was left out of a lenient reading, in words.</summary>
    public ImmutableArray<SearchProblem> Ignored { get; init; } = [];

    /// <summary>Reads the query part of a search URL, with or without its question mark.</summary>
    /// <param name="resourceType">The type searched; has to be one that R4 knows.</param>
    /// <param name="query">Percent-encoded pairs.</param>
    /// <param name="ownBase">See <see cref="OwnBase"/>.</param>
    public static ParsedQuery Parse(string resourceType, string query, string? ownBase = null) =>
        Parse(resourceType, query, new SearchReading { OwnBase = ownBase });

    /// <summary>Reads the query part of a search URL.</summary>
    /// <param name="resourceType">The type searched; empty for the whole system.</param>
    /// <param name="query">Percent-encoded pairs.</param>
    /// <param name="reading">How to read it.</param>
    public static ParsedQuery Parse(string resourceType, string query, SearchReading reading) =>
        new SearchQueryReader(resourceType, reading).Read(QueryText.Decode(query));

    /// <summary>Reads <c>Type?query</c>, as a Subscription's criteria have it; the query may be absent.</summary>
    public static ParsedQuery ParseUrl(string url, string? ownBase = null)
    {
        var mark = url.IndexOf('?', StringComparison.Ordinal);
        return mark < 0 ? Parse(url, "", ownBase) : Parse(url[..mark], url[(mark + 1)..], ownBase);
    }

    /// <summary>
    /// Why the query cannot be judged over one resource alone, as a Subscription's criteria are; null where it can.
    /// </summary>
    public string? WhyNoCriteria() =>
        Criteria.Any(each => each.NeedsOthers)
            ? "expected parameters of the resource itself, got a chain or _has: these need other resources"
            : !Includes.IsEmpty ? "expected only parameters that select, got one that includes"
            : !Sort.IsEmpty || Count is not null || IsCountOnly || !Shape.IsWhole
                ? "expected only parameters that select, got one that orders, counts or shortens"
            : null;

    /// <summary>The criteria in a form that is the same for queries that differ only in order or encoding.</summary>
    public string ToCanonicalText() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Type}?{string.Join('&', Given.Select(pair => $"{pair.Key}={pair.Value}").Order(StringComparer.Ordinal))}");

    /// <summary>The query encoded for a URL, without question mark.</summary>
    public string ToQueryString() => QueryText.Encode(Given);
}
