using System.Collections.Concurrent;
using System.Collections.Frozen;
using FhirOrchestrator.Fhir.Definitions;
using FhirOrchestrator.Fhir.Path;

namespace FhirOrchestrator.Fhir.Search;

/// <summary>
/// The search parameters of one resource type, compiled once a process from R4's definitions. What is not supported is
/// listed with the reason, so that a query which asks for it can be refused in words.
/// </summary>
internal sealed class SearchCatalog
{
    private static readonly ConcurrentDictionary<string, SearchCatalog> Built = new(StringComparer.Ordinal);

    private readonly FrozenDictionary<string, SearchParameter> _byCode;
    private readonly FrozenDictionary<string, string> _unsupported;

    private SearchCatalog(string type)
    {
        var parameters = ImmutableArray.CreateBuilder<SearchParameter>();
        var unsupported = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var definition in FhirDefinitions.R4.SearchParameters(type))
        {
            if (Kind(definition.Type) is not { } kind)
            {
                unsupported[definition.Code] = $"parameters of type {definition.Type} are not supported";
            }
            else if (definition.Expression is null)
            {
                unsupported[definition.Code] = "it has no expression";
            }
            else
            {
                parameters.Add(Compile(type, definition, kind, definition.Expression));
            }
        }

        All = parameters.DrainToImmutable();
        Indexed = [.. All.Where(each => each.Source == SearchSource.Expression)];
        _byCode = All.ToFrozenDictionary(each => each.Code, StringComparer.Ordinal);
        _unsupported = unsupported.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>The supported parameters, by code.</summary>
    public ImmutableArray<SearchParameter> All { get; }

    /// <summary>Those whose values a store keeps as rows.</summary>
    public ImmutableArray<SearchParameter> Indexed { get; }

    /// <summary>
    /// The parameters of a resource type; none but an empty catalog for a type that R4 does not know.
    /// </summary>
    public static SearchCatalog For(string resourceType) =>
        Built.GetOrAdd(resourceType, type => new SearchCatalog(type));

    /// <summary>A supported parameter, null where there is none.</summary>
    public SearchParameter? Find(string code) => _byCode.GetValueOrDefault(code);

    /// <summary>Why a parameter that R4 defines is not supported; null where it is, or where R4 has none.</summary>
    public string? WhyUnsupported(string code) => _unsupported.GetValueOrDefault(code);

    /// <summary>The supported code that comes nearest to the one given; null where none is near.</summary>
    public string? Nearest(string code) => Search.Nearest.Of(code, _byCode.Keys);

    private static SearchKind? Kind(string type) => type switch
    {
        "token" => SearchKind.Token,
        "reference" => SearchKind.Reference,
        "string" => SearchKind.String,
        "date" => SearchKind.Date,
        "uri" => SearchKind.Uri,
        "number" => SearchKind.Number,
        "quantity" => SearchKind.Quantity,
        _ => null,
    };

    private static SearchParameter Compile(
        string type, SearchParameterDefinition definition, SearchKind kind, string expression)
    {
        var source = definition.Code switch
        {
            "_id" => SearchSource.Id,
            "_lastUpdated" => SearchSource.LastUpdated,
            _ => SearchSource.Expression,
        };
        var narrowed = ExpressionBranches.Of(expression, type);
        return new SearchParameter
        {
            ResourceType = type,
            Code = definition.Code,
            Kind = kind,
            Source = source,
            Url = definition.Url,
            Number = StableNumber($"{type}.{definition.Code}"),
            Targets = definition.Targets,
            CodeValueSet = kind == SearchKind.Token ? CodeValueSet(narrowed) : null,
            Expression = source == SearchSource.Expression ? PathExpression.Compile(narrowed) : null,
        };
    }

    // Only a plain path names one element; a choice or a function has no single binding.
    private static string? CodeValueSet(string expression)
    {
        if (expression.AsSpan().ContainsAny("()| '"))
        {
            return null;
        }

        var element = FhirDefinitions.R4.Element(expression);
        return element is { Types: [{ Code: "code" }] } ? element.Binding?.ValueSet : null;
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
