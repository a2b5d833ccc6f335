using System.Diagnostics;
using System.Globalization;
using FhirOrchestrator.Fhir.Search;
using NpgsqlTypes;

namespace FhirOrchestrator.Storage.Resources;

/// <summary>
/// A query's conditions as SQL over the search rows: each is one EXISTS. The comparisons are those of
/// <see cref="RowTests"/>, value by value.
/// </summary>
internal sealed class SearchSql(string schema, SearchQuery query, SqlText sql)
{
    private readonly ValueSql _values = new(sql, query.OwnBase);
    private int _aliases;

    /// <summary>Appends <c>FROM … WHERE …</c>; the resource's row is <c>r</c>.</summary>
    public void AppendFromWhere(string lateral = "")
    {
        var types = query.Types.Length == 1
            ? $"r.type = {sql.Value(query.Types[0])}"
            : $"r.type = ANY ({sql.Values(query.Types)})";
        sql.Append($"\nFROM {schema}.resource r{lateral}\nWHERE {types} AND r.method <> 'DELETE'");
        foreach (var condition in query.Criteria)
        {
            sql.Append("\nAND ").Append(Condition(condition, "r"));
        }
    }

    /// <summary>The table that holds a kind's rows.</summary>
    public static string Table(SearchKind kind) => kind switch
    {
        SearchKind.Token => "search_token",
        SearchKind.Reference => "search_reference",
        SearchKind.String => "search_string",
        SearchKind.Date => "search_date",
        SearchKind.Uri => "search_uri",
        SearchKind.Number or SearchKind.Quantity => "search_quantity",
        SearchKind.Composite => throw new UnreachableException(),
    };

    private string Condition(SearchCondition condition, string resource) => condition switch
    {
        SearchCriterion criterion => Criterion(criterion, resource),
        SearchChain chain => Chain(chain, resource),
        SearchHas has => Has(has, resource),
        SearchMembership membership => Membership(membership, resource),
        _ => throw new UnreachableException(),
    };

    private string Alias(char letter) => string.Create(CultureInfo.InvariantCulture, $"{letter}{++_aliases}");

    private string Criterion(SearchCriterion criterion, string resource) => criterion.Parameter.Source switch
    {
        SearchSource.Id => Id(criterion, resource),
        SearchSource.LastUpdated => LastUpdated(criterion, resource),
        SearchSource.Expression => criterion.Parameter.Kind == SearchKind.Composite
            ? Composites(criterion, resource)
            : Rows(criterion, resource),
    };

    private string Id(SearchCriterion criterion, string resource)
    {
        if (criterion.AnyOf is [SearchValue.Missing missing])
        {
            return missing.IsMissing ? "FALSE" : "TRUE";
        }

        // An id has no system: system|id matches nothing, |id does.
        var ids = criterion.AnyOf.OfType<SearchValue.Token>()
            .Where(token => string.IsNullOrEmpty(token.System)).Select(token => token.Code).OfType<string>();
        var isAny = $"{resource}.id = ANY ({sql.Values(ids)})";
        return criterion.IsNegated ? $"NOT ({isAny})" : isAny;
    }

    private string LastUpdated(SearchCriterion criterion, string resource) => criterion.AnyOf
        is [SearchValue.Missing missing]
        ? (missing.IsMissing ? "FALSE" : "TRUE")
        : $"({string.Join(" OR ", criterion.AnyOf.Select(value =>
            _values.Date((SearchValue.Date)value, $"{resource}.updated_us", $"({resource}.updated_us + 1000)")))})";

    private string Rows(SearchCriterion criterion, string resource)
    {
        var x = Alias('x');
        var number = sql.IsOneOf($"{x}.param", criterion.Parameter.NumbersOf(criterion.Aspect));
        var rows = $"SELECT FROM {schema}.{Table(criterion.RowKind)} {x}"
            + $" WHERE {x}.resource = {resource}.key AND {number}";
        if (criterion.AnyOf is [SearchValue.Missing missing])
        {
            return $"{(missing.IsMissing ? "NOT " : "")}EXISTS ({rows})";
        }

        var any = _values.AnyOf(criterion.AnyOf, criterion.Modifier, x);
        return $"{(criterion.IsNegated ? "NOT " : "")}EXISTS ({rows} AND {any})";
    }

    private string Composites(SearchCriterion criterion, string resource)
    {
        var parts = criterion.Parameter.Parts;
        if (criterion.AnyOf is [SearchValue.Missing missing])
        {
            return $"{(missing.IsMissing ? "NOT " : "")}EXISTS ({Part(parts[0], [], resource, Alias('x'), null)})";
        }

        var alternatives = criterion.AnyOf.Cast<SearchValue.Composite>().Select(value =>
        {
            var first = Alias('x');
            var others = parts.Skip(1).Select((part, at) =>
                $" AND EXISTS ({Part(part, value.Parts[at + 1], resource, Alias('x'), first)})");
            return $"EXISTS ({Part(parts[0], value.Parts[0], resource, first, null)}{string.Concat(others)})";
        });
        return $"({string.Join(" OR ", alternatives)})";
    }

    private string Part(
        SearchParameter part, ImmutableArray<SearchValue> anyOf, string resource, string x, string? sameItemAs)
    {
        var item = sameItemAs is null ? "" : $" AND {x}.item = {sameItemAs}.item";
        var any = anyOf.IsEmpty ? "" : $" AND {_values.AnyOf(anyOf, SearchModifier.None, x)}";
        return $"SELECT FROM {schema}.{Table(part.Kind)} {x} WHERE {x}.resource = {resource}.key"
            + $" AND {x}.param = {sql.Value(part.NumberOf(SearchAspect.Value))}{item}{any}";
    }

    private string Chain(SearchChain chain, string resource)
    {
        var x = Alias('x');
        var target = Alias('t');
        var branches = chain.AnyOf.Select(branch =>
            $"({target}.type = ANY ({sql.Values(branch.Types)}) AND {Condition(branch.Condition, target)})");
        return $"EXISTS (SELECT FROM {schema}.search_reference {x} JOIN {schema}.resource {target}"
            + $" ON {target}.type = {x}.target_type AND {target}.id = {x}.target_id AND {target}.method <> 'DELETE'"
            + $" WHERE {x}.resource = {resource}.key"
            + $" AND {sql.IsOneOf($"{x}.param", chain.Reference.NumbersOf(SearchAspect.Value))}"
            + $" AND {_values.IsOwn(x)} AND ({string.Join(" OR ", branches)}))";
    }

    private string Has(SearchHas has, string resource)
    {
        var x = Alias('x');
        var source = Alias('t');
        return $"EXISTS (SELECT FROM {schema}.search_reference {x} JOIN {schema}.resource {source}"
            + $" ON {source}.key = {x}.resource AND {source}.method <> 'DELETE'"
            + $" WHERE {x}.target_type = {resource}.type AND {x}.target_id = {resource}.id"
            + $" AND {x}.param = {sql.Value(has.Reference.NumberOf(SearchAspect.Value))}"
            + $" AND {_values.IsOwn(x)} AND {Condition(has.Condition, source)})";
    }

    private string Membership(SearchMembership membership, string resource)
    {
        var x = Alias('x');
        var numbers = membership.AnyOf.Select(each => each.NumberOf(SearchAspect.Value)).ToArray();
        var refers = $"EXISTS (SELECT FROM {schema}.search_reference {x} WHERE {x}.resource = {resource}.key"
            + $" AND {x}.param = ANY ({sql.Value(numbers, NpgsqlDbType.Array | NpgsqlDbType.Integer)})"
            + $" AND {x}.target_type = {sql.Value(membership.Type)} AND {x}.target_id = {sql.Value(membership.Id)}"
            + $" AND {_values.IsOwn(x)})";
        return membership.WithSelf
            ? $"({refers} OR ({resource}.type = {sql.Value(membership.Type)}"
                + $" AND {resource}.id = {sql.Value(membership.Id)}))"
            : refers;
    }
}
