using System.Collections.Frozen;
using FhirOrchestrator.Fhir.Definitions;

namespace FhirOrchestrator.Fhir.Search;

/// <summary>
/// The search parameters of one resource type, compiled once a process from R4's definitions, and those that a store
/// adds. What is not supported is listed with the reason, so that a query which asks for it can be refused in words.
/// </summary>
internal sealed class SearchCatalog
{
    private readonly FrozenDictionary<string, SearchParameter> _byCode;
    private readonly FrozenDictionary<string, string> _unsupported;

    private SearchCatalog(
        string type, ImmutableArray<SearchParameter> parameters, FrozenDictionary<string, string> unsupported)
    {
        ResourceType = type;
        All = parameters;
        Indexed = [.. All.Where(each => each.Source == SearchSource.Expression)];
        _byCode = All.ToFrozenDictionary(each => each.Code, StringComparer.Ordinal);
        _unsupported = unsupported;
    }

    public string ResourceType { get; }

    /// <summary>The supported parameters, by code.</summary>
    public ImmutableArray<SearchParameter> All { get; }

    /// <summary>Those whose values a store keeps as rows.</summary>
    public ImmutableArray<SearchParameter> Indexed { get; }

    /// <summary>
    /// R4's own parameters of a resource type; none but an empty catalog for a type that R4 does not know.
    /// </summary>
    public static SearchCatalog For(string resourceType) => SearchCatalogs.R4.For(resourceType);

    /// <summary>Compiles R4's parameters of a type.</summary>
    public static SearchCatalog OfR4(string type)
    {
        var compiler = new ParameterCompiler(type);
        var parameters = ImmutableArray.CreateBuilder<SearchParameter>();
        var unsupported = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var definition in FhirDefinitions.R4.SearchParameters(type))
        {
            if (compiler.Compile(definition) is { Parameter: { } parameter })
            {
                parameters.Add(parameter);
            }
            else
            {
                unsupported[definition.Code] = compiler.Compile(definition).Problem ?? "";
            }
        }

        return new SearchCatalog(
            type, parameters.DrainToImmutable(), unsupported.ToFrozenDictionary(StringComparer.Ordinal));
    }

    /// <summary>This catalog with parameters added that it does not have.</summary>
    public SearchCatalog With(ImmutableArray<SearchParameter> added, IEnumerable<UnsupportedParameter> unsupported)
    {
        var reasons = _unsupported.ToDictionary(StringComparer.Ordinal);
        foreach (var each in unsupported)
        {
            reasons.TryAdd(each.Code, each.Why);
        }

        return new SearchCatalog(
            ResourceType, [.. All, .. added], reasons.ToFrozenDictionary(StringComparer.Ordinal));
    }

    /// <summary>A supported parameter, null where there is none.</summary>
    public SearchParameter? Find(string code) => _byCode.GetValueOrDefault(code);

    /// <summary>Why a parameter that R4 defines is not supported; null where it is, or where R4 has none.</summary>
    public string? WhyUnsupported(string code) => _unsupported.GetValueOrDefault(code);

    /// <summary>The supported code that comes nearest to the one given; null where none is near.</summary>
    public string? Nearest(string code) => Fhir.Nearest.Of(code, _byCode.Keys);
}
