namespace FhirOrchestrator.Fhir.Search;

/// <summary>The comparison in front of a date, number or quantity (R4, search, prefixes).</summary>
internal enum SearchPrefix
{
    Equal,
    NotEqual,
    Greater,
    Less,
    GreaterOrEqual,
    LessOrEqual,
    StartsAfter,
    EndsBefore,
    Approximate,
}

/// <summary>A value that a query asks for.</summary>
internal abstract record SearchValue
{
    private SearchValue()
    {
    }

    /// <summary>A code or an identifier.</summary>
    /// <param name="System">Null for any system, empty for none.</param>
    /// <param name="Code">Null for any code of the system.</param>
    /// <param name="IsOwnSystem">
    /// True where the element is of type code and the code belongs to the system by its binding: rows without a
    /// system match.
    /// </param>
    internal sealed record Token(string? System, string? Code, bool IsOwnSystem) : SearchValue;

    /// <summary>A literal reference: <c>id</c>, <c>Type/id</c> or absolute.</summary>
    /// <param name="Type">Null for any.</param>
    /// <param name="Base">Null for this server, else the other server's URL.</param>
    internal sealed record Reference(string? Type, string Id, string? Base) : SearchValue;

    /// <summary>A canonical or another URI under a parameter of type reference or uri.</summary>
    internal sealed record Uri(string Value) : SearchValue;

    internal sealed record Text(string Folded, string Exact) : SearchValue;

    internal sealed record Date(SearchPrefix Prefix, long Low, long High) : SearchValue;

    /// <summary>A number, or a quantity with its unit.</summary>
    /// <param name="Low">The low end of what the number's precision covers: 185 covers 184.5 up to 185.5.</param>
    /// <param name="Value">The number itself, which the prefixes other than eq, ne and ap compare with.</param>
    /// <param name="Unit">The code as people's unit, folded.</param>
    internal sealed record Quantity(
        SearchPrefix Prefix, decimal Low, decimal High, decimal Value, string? System, string? Code, string? Unit)
        : SearchValue;

    /// <summary>The codes of a value set, with their systems.</summary>
    internal sealed record CodeSet(ImmutableArray<(string System, string Code)> Codes) : SearchValue;

    /// <summary>For each part of a composite, in order, the values of which any will do.</summary>
    internal sealed record Composite(ImmutableArray<ImmutableArray<SearchValue>> Parts) : SearchValue;

    /// <summary>The value of <c>:missing</c>.</summary>
    internal sealed record Missing(bool IsMissing) : SearchValue;
}
