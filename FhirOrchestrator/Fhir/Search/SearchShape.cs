namespace FhirOrchestrator.Fhir.Search;

/// <summary>How much of a resource a search gives (R4, search, <c>_summary</c>).</summary>
internal enum SearchSummary
{
    /// <summary>All of it.</summary>
    Whole,

    /// <summary><c>true</c>: the elements that R4 marks as summary.</summary>
    Summary,

    /// <summary><c>text</c>: narrative, id, meta and what is mandatory.</summary>
    Text,

    /// <summary><c>data</c>: everything but the narrative.</summary>
    Narrativeless,

    /// <summary>The elements that <c>_elements</c> names, and what is mandatory or modifies.</summary>
    Named,
}

/// <summary><c>_summary</c> and <c>_elements</c> of a query.</summary>
/// <param name="Elements">The names with their resource types; an empty type for any.</param>
internal sealed record SearchShape(SearchSummary Summary, ImmutableArray<(string Type, string Name)> Elements)
{
    /// <summary>Resources as they are.</summary>
    public static SearchShape Whole { get; } = new(SearchSummary.Whole, []);

    public bool IsWhole => Summary == SearchSummary.Whole;
}
