using System.Diagnostics;
using FhirOrchestrator.Fhir.Search;
using NpgsqlTypes;

namespace FhirOrchestrator.Storage.Resources;

/// <summary>
/// A query's criteria as SQL over the search rows: each is one EXISTS. The comparisons are those of
/// <see cref="SearchMatcher"/>, value by value.
/// </summary>
internal sealed class SearchSql(string schema, SearchQuery query, SqlText sql)
{
    /// <summary>Appends <c>FROM … WHERE …</c>; the resource's row is <c>r</c>.</summary>
    public void AppendFromWhere(string lateral = "")
    {
        sql.Append($"\nFROM {schema}.resource r{lateral}\nWHERE r.type = {sql.Value(query.Type)} AND r.method <> 'DELETE'");
        foreach (var criterion in query.Criteria)
        {
            sql.Append("\nAND ").Append(Criterion(criterion));
        }
    }

    private string Criterion(SearchCriterion criterion) => criterion.Parameter.Source switch
    {
        SearchSource.Id => Id(criterion),
        SearchSource.LastUpdated => LastUpdated(criterion),
        SearchSource.Expression => Rows(criterion),
    };

    private string Id(SearchCriterion criterion)
    {
        if (criterion.AnyOf is [SearchValue.Missing missing])
        {
            return missing.IsMissing ? "FALSE" : "TRUE";
        }

        // An id has no system: system|id matches nothing, |id does.
        var ids = criterion.AnyOf.Cast<SearchValue.Token>()
            .Where(token => string.IsNullOrEmpty(token.System) && token.Code is not null)
            .Select(token => token.Code).ToArray();
        var isAny = $"r.id = ANY ({sql.Value(ids, NpgsqlDbType.Array | NpgsqlDbType.Text)})";
        return criterion.Modifier == SearchModifier.Not ? $"NOT ({isAny})" : isAny;
    }

    private string LastUpdated(SearchCriterion criterion) => criterion.AnyOf is [SearchValue.Missing missing]
        ? (missing.IsMissing ? "FALSE" : "TRUE")
        : AnyOf(criterion.AnyOf, value => Date((SearchValue.Date)value, "r.updated_us", "(r.updated_us + 1000)"));

    private string Rows(SearchCriterion criterion)
    {
        var rows = $"SELECT 1 FROM {schema}.{Table(criterion.Parameter.Kind)} x "
            + $"WHERE x.resource = r.key AND x.param = {sql.Value(criterion.Parameter.Number)}";
        if (criterion.AnyOf is [SearchValue.Missing missing])
        {
            return $"{(missing.IsMissing ? "NOT " : "")}EXISTS ({rows})";
        }

        var any = AnyOf(criterion.AnyOf, value => Value(value, criterion));
        return $"{(criterion.Modifier == SearchModifier.Not ? "NOT " : "")}EXISTS ({rows} AND {any})";
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
    };

    private static string AnyOf(ImmutableArray<SearchValue> values, Func<SearchValue, string> one) =>
        $"({string.Join(" OR ", values.Select(one))})";

    private string Value(SearchValue value, SearchCriterion criterion) => value switch
    {
        SearchValue.Token token => Token(token),
        SearchValue.Reference reference => Reference(reference),
        SearchValue.Uri uri => Canonical(SqlText.Indexable(uri.Value)),
        SearchValue.Text text => Text(text, criterion.Modifier),
        SearchValue.Date date => Date(date, "x.low", "x.high"),
        SearchValue.Quantity quantity => Quantity(quantity),
        _ => throw new UnreachableException(),
    };

    private string Token(SearchValue.Token token)
    {
        var code = token.Code is { } text ? $"x.code = {sql.Value(SqlText.Indexable(text))}" : "TRUE";
        return token.System is not { } system ? code
            : token.IsOwnSystem ? $"({code} AND x.system IN ({sql.Value(SqlText.Indexable(system))}, ''))"
            : $"({code} AND x.system = {sql.Value(SqlText.Indexable(system))})";
    }

    private string Reference(SearchValue.Reference reference)
    {
        var id = $"x.target_id = {sql.Value(reference.Id)}";
        var type = reference.Type is { } name ? $" AND x.target_type = {sql.Value(name)}" : "";
        var origin = reference.Base is { } other ? $"x.base = {sql.Value(other)}"
            : query.OwnBase is { } own ? $"x.base IN ('', {sql.Value(own)})"
            : "x.base = ''";
        return $"({id}{type} AND {origin})";
    }

    // '}' follows '|' in the collation "C": the range holds every version of the canonical.
    private string Canonical(string uri) =>
        $"(x.uri = {sql.Value(uri)} OR (x.uri >= {sql.Value(uri + "|")} AND x.uri < {sql.Value(uri + "}")}))";

    private string Text(SearchValue.Text text, SearchModifier modifier)
    {
        if (modifier == SearchModifier.Contains)
        {
            return $"position({sql.Value(text.Folded)} IN x.folded) > 0";
        }

        var start = ResourceRows.Start(text.Folded);
        var range = $"x.start >= {sql.Value(start)} AND x.start < {sql.Value(start + "\U0010FFFF")}";
        return modifier == SearchModifier.Exact
            ? $"({range} AND x.exact = {sql.Value(text.Exact)})"
            : $"({range} AND starts_with(x.folded, {sql.Value(text.Folded)}))";
    }

    private string Date(SearchValue.Date date, string low, string high)
    {
        var from = sql.Value(date.Low);
        var to = sql.Value(date.High);
        var within = $"({low} >= {from} AND {high} <= {to})";
        return date.Prefix switch
        {
            SearchPrefix.Equal => within,
            SearchPrefix.NotEqual => $"NOT {within}",
            SearchPrefix.Greater => $"{high} > {to}",
            SearchPrefix.Less => $"{low} < {from}",
            SearchPrefix.GreaterOrEqual => $"{high} > {from}",
            SearchPrefix.LessOrEqual => $"{low} < {to}",
            SearchPrefix.StartsAfter => $"{low} >= {to}",
            SearchPrefix.EndsBefore => $"{high} <= {from}",
        };
    }

    private string Quantity(SearchValue.Quantity quantity)
    {
        var unit = (quantity.System is { } system ? $" AND x.system = {sql.Value(SqlText.Indexable(system))}" : "")
            + (quantity.Code is { } code ? $" AND {sql.Value(SqlText.Indexable(code))} IN (x.code, x.unit)" : "");
        string Within() => $"(x.low >= {sql.Value(quantity.Low)} AND x.high < {sql.Value(quantity.High)})";
        string Number() => sql.Value(quantity.Value);
        var number = quantity.Prefix switch
        {
            SearchPrefix.Equal => Within(),
            SearchPrefix.NotEqual => $"NOT {Within()}",
            SearchPrefix.Greater => $"x.high > {Number()}",
            SearchPrefix.Less => $"x.low < {Number()}",
            SearchPrefix.GreaterOrEqual => $"x.high >= {Number()}",
            SearchPrefix.LessOrEqual => $"x.low <= {Number()}",
            SearchPrefix.StartsAfter => $"x.low > {Number()}",
            SearchPrefix.EndsBefore => $"x.high < {Number()}",
        };
        return $"({number}{unit})";
    }
}
