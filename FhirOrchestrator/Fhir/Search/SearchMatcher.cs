using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Search;

/// <summary>
/// Says in memory whether a resource matches a query: the same answer as a store's SQL, because both compare the same
/// rows by the same rules (a table of cases runs on both).
/// </summary>
internal static class SearchMatcher
{
    /// <summary>
    /// True where the resource is of the query's type and every condition holds. Only for queries that one resource
    /// can answer (see <see cref="SearchQuery.WhyNoCriteria"/>); <see cref="MemorySearch"/> takes all.
    /// </summary>
    /// <exception cref="InvalidOperationException">A condition needs other resources.</exception>
    public static bool Matches(SearchQuery query, Resource resource)
    {
        if (!query.Types.Contains(resource.Type))
        {
            return false;
        }

        var own = new OwnRows(resource, query.Reading.Catalogs);
        foreach (var condition in query.Criteria)
        {
            var holds = condition switch
            {
                SearchCriterion criterion => Matches(criterion, own, query.OwnBase),
                SearchMembership membership => IsMember(membership, own, query.OwnBase),
                _ => throw new InvalidOperationException(
                    "expected conditions of the resource itself, got one that needs others"),
            };
            if (!holds)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>True where the criterion holds for a resource's rows.</summary>
    public static bool Matches(SearchCriterion criterion, OwnRows own, string? ownBase)
    {
        var parameter = own.Parameter(criterion.Parameter);
        if (parameter is null)
        {
            return false;
        }

        var rows = own.Of(parameter);
        if (parameter.Kind == SearchKind.Composite)
        {
            return criterion.AnyOf is [SearchValue.Missing none]
                ? rows.Length == 0 == none.IsMissing
                : criterion.AnyOf.Any(value =>
                    rows.Select(row => row.Item).Distinct().Any(item =>
                        IsComposite((SearchValue.Composite)value, parameter, rows, item, ownBase)));
        }

        var number = parameter.NumberOf(criterion.Aspect);
        if (criterion.AnyOf is [SearchValue.Missing missing])
        {
            return !Has(rows, number) == missing.IsMissing;
        }

        foreach (var row in rows)
        {
            if (row.Parameter == number && IsAny(criterion.AnyOf, row, criterion.Modifier, ownBase))
            {
                return !criterion.IsNegated;
            }
        }

        return criterion.IsNegated;
    }

    /// <summary>True where the resource belongs to the compartment.</summary>
    public static bool IsMember(SearchMembership membership, OwnRows own, string? ownBase)
    {
        if (membership.WithSelf && own.Resource.Type == membership.Type && own.Resource.Id == membership.Id)
        {
            return true;
        }

        var asked = new SearchValue.Reference(membership.Type, membership.Id, null);
        return membership.AnyOf.Where(each => each.ResourceType == own.Resource.Type).Any(parameter =>
            own.Of(parameter).Any(row => row.Parameter == parameter.NumberOf(SearchAspect.Value)
                && RowTests.IsMatch(asked, row, SearchModifier.None, ownBase)));
    }

    private static bool Has(ImmutableArray<SearchRow> rows, int number)
    {
        foreach (var row in rows)
        {
            if (row.Parameter == number)
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsAny(
        ImmutableArray<SearchValue> values, SearchRow row, SearchModifier modifier, string? ownBase)
    {
        foreach (var value in values)
        {
            if (RowTests.IsMatch(value, row, modifier, ownBase))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsComposite(
        SearchValue.Composite asked, SearchParameter composite, ImmutableArray<SearchRow> rows, int item,
        string? ownBase)
    {
        for (var at = 0; at < composite.Parts.Length; at++)
        {
            var number = composite.Parts[at].NumberOf(SearchAspect.Value);
            if (!rows.Any(row => row.Item == item && row.Parameter == number
                && IsAny(asked.Parts[at], row, SearchModifier.None, ownBase)))
            {
                return false;
            }
        }

        return true;
    }
}
