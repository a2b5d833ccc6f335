using FhirOrchestrator.Fhir.Path;

namespace FhirOrchestrator.Fhir.Search;

/// <summary>The kinds of search parameters that are supported (R4, search, 3.1.1.4).</summary>
internal enum SearchKind
{
    Token,
    Reference,
    String,
    Date,
    Uri,
    Number,
    Quantity,
}

/// <summary>Where the values of a parameter are found.</summary>
internal enum SearchSource
{
    /// <summary>By its FHIRPath expression; stores keep rows of it.</summary>
    Expression,

    /// <summary><c>_id</c>: the resource's own id.</summary>
    Id,

    /// <summary><c>_lastUpdated</c>: the instant of the last change.</summary>
    LastUpdated,
}

/// <summary>One search parameter of one resource type, ready to run: matcher and stores both work from it.</summary>
internal sealed class SearchParameter
{
    public required string ResourceType { get; init; }

    /// <summary>The name in a query.</summary>
    public required string Code { get; init; }

    public required SearchKind Kind { get; init; }

    public required SearchSource Source { get; init; }

    /// <summary>The canonical URL of its definition.</summary>
    public required string Url { get; init; }

    /// <summary>A number that stands for type and code in stored rows; the same in every process and version.</summary>
    public required int Number { get; init; }

    /// <summary>The resource types that a reference may point at.</summary>
    public ImmutableArray<string> Targets { get; init; } = [];

    /// <summary>
    /// The value set of an element of type code: its codes have a system that the element does not carry.
    /// </summary>
    public string? CodeValueSet { get; init; }

    /// <summary>The expression's branches for this resource type; null where the source is no expression.</summary>
    public PathExpression? Expression { get; init; }

    public override string ToString() => $"{ResourceType}.{Code}";
}
