using System.Diagnostics;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Search;

/// <summary>
/// Searches over resources held in memory, chains, <c>_has</c> and includes too: what a store answers by SQL. For
/// scenarios and tests; it looks at every resource.
/// </summary>
internal sealed class MemorySearch
{
    /// <summary>The most resources that one search may include; more is an error.</summary>
    public const int IncludedMax = 5_000;

    private readonly List<OwnRows> _all;
    private readonly Dictionary<(string Type, string Id), OwnRows> _byPath = [];

    /// <summary>Holds the resources; their rows are taken out when first asked for.</summary>
    public MemorySearch(IEnumerable<Resource> resources, SearchCatalogs? catalogs = null)
    {
        _all = [.. resources.Select(each => new OwnRows(each, catalogs ?? SearchCatalogs.R4))];
        foreach (var each in _all)
        {
            _byPath[(each.Resource.Type, each.Resource.Id ?? "")] = each;
        }
    }

    /// <summary>The resources that match, in the order in which they were given.</summary>
    public IEnumerable<Resource> Find(SearchQuery query) => _all
        .Where(each => query.Types.Contains(each.Resource.Type)
            && query.Criteria.All(condition => Holds(condition, each, query.OwnBase)))
        .Select(each => each.Resource);

    /// <summary>What the query's includes add to the resources found, each once.</summary>
    public IReadOnlyList<Resource> Include(SearchQuery query, IEnumerable<Resource> found)
    {
        var seen = found.Select(Key).ToHashSet();
        var frontier = seen.Select(key => _byPath[key]).ToList();
        var included = new List<Resource>();
        var isFirst = true;
        while (frontier.Count > 0 && included.Count <= IncludedMax)
        {
            var next = new List<OwnRows>();
            foreach (var include in query.Includes.Where(each => isFirst || each.IsIterate))
            {
                next.AddRange(
                    (include.IsReverse ? Referring(include, frontier, query) : Referred(include, frontier, query))
                    .Where(each => seen.Add(Key(each.Resource))));
            }

            included.AddRange(next.Select(each => each.Resource));
            frontier = next;
            isFirst = false;
        }

        return included;
    }

    private static (string, string) Key(Resource resource) => (resource.Type, resource.Id ?? "");

    private bool Holds(SearchCondition condition, OwnRows own, string? ownBase) => condition switch
    {
        SearchCriterion criterion => SearchMatcher.Matches(criterion, own, ownBase),
        SearchMembership membership => SearchMatcher.IsMember(membership, own, ownBase),
        SearchChain chain => Targets(own, own.Parameter(chain.Reference), ownBase).Any(target =>
            chain.AnyOf.Any(branch => branch.Types.Contains(target.Resource.Type)
                && Holds(branch.Condition, target, ownBase))),
        SearchHas has => _all.Any(each => each.Resource.Type == has.Type
            && Targets(each, has.Reference, ownBase).Contains(own)
            && Holds(has.Condition, each, ownBase)),
        _ => throw new UnreachableException(),
    };

    private IEnumerable<OwnRows> Targets(OwnRows own, SearchParameter? parameter, string? ownBase)
    {
        if (parameter is null)
        {
            return [];
        }

        var number = parameter.NumberOf(SearchAspect.Value);
        return own.Of(parameter).OfType<SearchRow.Reference>()
            .Where(row => row.Parameter == number && (row.Base.Length == 0 || row.Base == ownBase))
            .Select(row => _byPath.GetValueOrDefault((row.TargetType, row.TargetId))).OfType<OwnRows>();
    }

    private IEnumerable<OwnRows> Referred(SearchInclude include, List<OwnRows> sources, SearchQuery query) =>
        from source in sources
        where include.SourceType is null || source.Resource.Type == include.SourceType
        from parameter in References(include, source, query)
        from target in Targets(source, parameter, query.OwnBase)
        where include.TargetType is null || target.Resource.Type == include.TargetType
        select target;

    private IEnumerable<OwnRows> Referring(SearchInclude include, List<OwnRows> targets, SearchQuery query) =>
        from source in _all
        where include.SourceType is null || source.Resource.Type == include.SourceType
        where References(include, source, query).Any(parameter => Targets(source, parameter, query.OwnBase)
            .Any(target => targets.Contains(target)
                && (include.TargetType is null || target.Resource.Type == include.TargetType)))
        select source;

    private static IEnumerable<SearchParameter> References(SearchInclude include, OwnRows source, SearchQuery query) =>
        include.Parameter is { } one
            ? [one]
            : query.Reading.Catalogs.For(source.Resource.Type).Indexed.Where(each => each.Kind == SearchKind.Reference);
}
