using System.Collections.Concurrent;

namespace FhirOrchestrator.Fhir.Search;

/// <summary>The catalogs of all types: R4's, or R4's with the parameters that a store adds. Immutable.</summary>
internal sealed class SearchCatalogs
{
    private readonly ConcurrentDictionary<string, SearchCatalog> _built = new(StringComparer.Ordinal);
    private readonly ILookup<string, SearchParameter> _added;
    private readonly ILookup<string, UnsupportedParameter> _unsupported;

    private SearchCatalogs(ImmutableArray<SearchParameter> added, IEnumerable<UnsupportedParameter> unsupported)
    {
        Added = added;
        _added = added.ToLookup(each => each.ResourceType, StringComparer.Ordinal);
        _unsupported = unsupported.ToLookup(each => each.Type, StringComparer.Ordinal);
    }

    /// <summary>R4's own parameters.</summary>
    public static SearchCatalogs R4 { get; } = new([], []);

    /// <summary>The parameters that R4 does not have.</summary>
    public ImmutableArray<SearchParameter> Added { get; }

    /// <summary>R4's parameters and those given; of two with the same type and code the first counts.</summary>
    public static SearchCatalogs With(IReadOnlyCollection<CustomParameter> added) => added.Count == 0 ? R4 : new(
        [.. added.SelectMany(each => each.Parameters).DistinctBy(each => (each.ResourceType, each.Code))],
        added.SelectMany(each => each.Unsupported));

    /// <summary>The parameters of a resource type; an empty catalog for a type that R4 does not know.</summary>
    public SearchCatalog For(string resourceType) => _built.GetOrAdd(
        resourceType,
        static (type, all) => ReferenceEquals(all, R4) ? SearchCatalog.OfR4(type)
            : all._added.Contains(type) || all._unsupported.Contains(type)
                ? R4.For(type).With([.. all._added[type]], all._unsupported[type])
                : R4.For(type),
        this);
}
