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

    /// <summary>Values that belong together; see <see cref="SearchParameter.Parts"/>.</summary>
    Composite,
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

/// <summary>Which of a parameter's values a modifier looks at; each has rows under a number of its own.</summary>
internal enum SearchAspect
{
    /// <summary>The values themselves.</summary>
    Value,

    /// <summary><c>:text</c>: the words that go with a code.</summary>
    Text,

    /// <summary><c>:of-type</c>: identifiers with their type.</summary>
    OfType,

    /// <summary><c>:identifier</c>: what a reference says besides its literal target.</summary>
    Identifier,
}

/// <summary>One search parameter of one resource type, ready to run: matcher and stores both work from it.</summary>
internal sealed class SearchParameter
{
    private readonly int[] _numbers = new int[4];

    /// <summary>The resource type; empty of a union.</summary>
    public required string ResourceType
    {
        get;
        init
        {
            field = value;
            Number();
        }
    }

    /// <summary>The name in a query.</summary>
    public required string Code
    {
        get;
        init
        {
            field = value;
            Number();
        }
    }

    public required SearchKind Kind { get; init; }

    public required SearchSource Source { get; init; }

    /// <summary>The canonical URL of its definition.</summary>
    public required string Url { get; init; }

    /// <summary>The resource types that a reference may point at.</summary>
    public ImmutableArray<string> Targets { get; init; } = [];

    /// <summary>
    /// The value set of an element of type code: its codes have a system that the element does not carry.
    /// </summary>
    public string? CodeValueSet { get; init; }

    /// <summary>The expression's branches for this resource type; null where the source is no expression.</summary>
    public PathExpression? Expression { get; init; }

    /// <summary>
    /// Of a composite: its parts in order, their expressions relative to an item of the composite's. Empty of others.
    /// </summary>
    public ImmutableArray<SearchParameter> Parts { get; init; } = [];

    /// <summary>
    /// Parameters of several types that share code, kind and value set, asked for as one (<c>_type=A,B</c>, chains);
    /// empty of an ordinary one.
    /// </summary>
    public ImmutableArray<SearchParameter> Members { get; init; } = [];

    /// <summary>A number that stands for type, code and aspect in stored rows; the same in every process.</summary>
    public int NumberOf(SearchAspect aspect) => _numbers[(int)aspect];

    /// <summary>The numbers of all members, or its own.</summary>
    public int[] NumbersOf(SearchAspect aspect) => Members.IsEmpty
        ? [NumberOf(aspect)]
        : [.. Members.Select(each => each.NumberOf(aspect))];

    /// <summary>One parameter for several types; null where they differ in what they are.</summary>
    public static SearchParameter? Union(ImmutableArray<SearchParameter> members)
    {
        var first = members[0];
        if (members.Length == 1)
        {
            return first;
        }

        return members.Any(each => each.Kind != first.Kind || each.CodeValueSet != first.CodeValueSet)
            || first.Kind == SearchKind.Composite
            ? null
            : new SearchParameter
            {
                ResourceType = "",
                Code = first.Code,
                Kind = first.Kind,
                Source = first.Source,
                Url = first.Url,
                Targets = [.. members.SelectMany(each => each.Targets).Distinct(StringComparer.Ordinal)],
                CodeValueSet = first.CodeValueSet,
                Members = members,
            };
    }

    public override string ToString() => $"{ResourceType}.{Code}";

    private void Number()
    {
        if (ResourceType is not null && Code is not null)
        {
            var name = $"{ResourceType}.{Code}";
            _numbers[(int)SearchAspect.Value] = StableNumber(name);
            _numbers[(int)SearchAspect.Text] = StableNumber(name + ":text");
            _numbers[(int)SearchAspect.OfType] = StableNumber(name + ":of-type");
            _numbers[(int)SearchAspect.Identifier] = StableNumber(name + ":identifier");
        }
    }

    // FNV-1a: stored rows outlive processes, so the number must never change.
    private static int StableNumber(string text)
    {
        var hash = 2166136261u;
        foreach (var each in text)
        {
            hash = (hash ^ each) * 16777619u;
        }

        return unchecked((int)hash);
    }
}
