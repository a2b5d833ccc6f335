namespace FhirOrchestrator.Fhir.Definitions;

/// <summary>A search parameter of R4 (SearchParameter).</summary>
internal sealed record SearchParameterDefinition
{
    /// <summary>The name in a query, such as <c>patient</c>.</summary>
    public required string Code { get; init; }

    /// <summary>The canonical URL.</summary>
    public required string Url { get; init; }

    /// <summary>token, string, reference, date, quantity, number, uri, composite, special.</summary>
    public required string Type { get; init; }

    /// <summary>FHIRPath of the values; null for <c>_text</c>, <c>_content</c>, <c>_query</c>.</summary>
    public required string? Expression { get; init; }

    /// <summary>The resource types it applies to; <c>Resource</c> and <c>DomainResource</c> among them.</summary>
    public required ImmutableArray<string> Bases { get; init; }

    /// <summary>The resource types that a reference may point at.</summary>
    public ImmutableArray<string> Targets { get; init; } = [];

    /// <summary>The parts of a composite, in order.</summary>
    public ImmutableArray<SearchComponent> Components { get; init; } = [];

    /// <summary>The prefixes that it understands; empty where the definition does not say.</summary>
    public ImmutableArray<string> Comparators { get; init; } = [];

    /// <summary>The modifiers that it understands; empty where the definition does not say.</summary>
    public ImmutableArray<string> Modifiers { get; init; } = [];

    public bool IsMultipleOr { get; init; } = true;

    public bool IsMultipleAnd { get; init; } = true;
}

/// <summary>
/// A part of a composite parameter: the parameter's URL, and the FHIRPath of its value below the composite's.
/// </summary>
internal sealed record SearchComponent(string Definition, string Expression);
