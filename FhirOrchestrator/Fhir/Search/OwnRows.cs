using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Search;

/// <summary>The search rows of one resource, taken out when they are first asked for. For one thread.</summary>
internal sealed class OwnRows(Resource resource, SearchCatalogs catalogs)
{
    private readonly SearchCatalog _catalog = catalogs.For(resource.Type);
    private readonly Dictionary<string, ImmutableArray<SearchRow>> _rows = new(StringComparer.Ordinal);

    public Resource Resource => resource;

    /// <summary>The parameter itself, or the member of a union that is of this resource's type.</summary>
    public SearchParameter? Parameter(SearchParameter asked) =>
        asked.ResourceType == resource.Type ? asked : _catalog.Find(asked.Code);

    /// <summary>The rows of a parameter of this resource's type, all aspects.</summary>
    public ImmutableArray<SearchRow> Of(SearchParameter parameter)
    {
        if (!_rows.TryGetValue(parameter.Code, out var rows))
        {
            _rows.Add(parameter.Code, rows = [.. SearchIndexer.Extract(resource, parameter)]);
        }

        return rows;
    }
}
