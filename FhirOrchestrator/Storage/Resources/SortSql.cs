using System.Globalization;
using FhirOrchestrator.Fhir.Search;
using NpgsqlTypes;

namespace FhirOrchestrator.Storage.Resources;

/// <summary>
/// The order of a search: its sort keys, then the resource's key, so that it is total. A resource without a value comes
/// last in either direction.
/// </summary>
internal sealed class SortSql(string schema, SearchQuery query, SqlText sql)
{
    private const string LastText = "U&'\\+10FFFF'";

    /// <summary>
    /// A lateral join that gives the sort values the names <c>s0</c>, <c>s1</c>, …; empty without <c>_sort</c>.
    /// </summary>
    public string Lateral() => query.Sort.IsEmpty
        ? ""
        : $"\nCROSS JOIN LATERAL (SELECT {Columns((sort, name) => $"{Expression(sort)} AS {name}")}) o";

    /// <summary>The sort values as text, for the cursor.</summary>
    public string SelectList() => query.Sort.IsEmpty ? "" : ", " + Columns((_, name) => $"o.{name}::text");

    /// <summary>The ORDER BY clause.</summary>
    public string OrderBy() => "\nORDER BY "
        + string.Concat(query.Sort.Select((sort, at) => $"o.{Name(at)}{(sort.IsDescending ? " DESC" : "")}, "))
        + "r.key";

    /// <summary>The condition that a row stands behind the cursor.</summary>
    public string After(PageCursor cursor)
    {
        var values = query.Sort.Select((sort, at) => Value(sort, cursor.Values[at])).ToList();
        var key = sql.Value(cursor.Key);
        if (!query.Sort.Any(sort => sort.IsDescending))
        {
            // One direction throughout: a row comparison, which an index can serve.
            return $"({string.Concat(query.Sort.Select((_, at) => $"o.{Name(at)}, "))}r.key) > "
                + $"({string.Concat(values.Select(value => $"{value}, "))}{key})";
        }

        var alternatives = new List<string>();
        var equal = "";
        for (var at = 0; at < values.Count; at++)
        {
            alternatives.Add($"({equal}o.{Name(at)} {(query.Sort[at].IsDescending ? '<' : '>')} {values[at]})");
            equal += $"o.{Name(at)} = {values[at]} AND ";
        }

        alternatives.Add($"({equal}r.key > {key})");
        return $"({string.Join(" OR ", alternatives)})";
    }

    private static string Name(int at) => string.Create(CultureInfo.InvariantCulture, $"s{at}");

    private string Columns(Func<SearchSort, string, string> one) =>
        string.Join(", ", query.Sort.Select((sort, at) => one(sort, Name(at))));

    private string Expression(SearchSort sort)
    {
        if (sort.Parameter.Source != SearchSource.Expression)
        {
            return sort.Parameter.Source == SearchSource.Id ? "r.id" : "r.updated_us";
        }

        var (column, lastUp, lastDown) = sort.Parameter.Kind switch
        {
            SearchKind.Token => ("x.code", LastText, "''"),
            SearchKind.Reference => ("x.target_type || '/' || x.target_id || x.uri", LastText, "''"),
            SearchKind.String => ("x.folded", LastText, "''"),
            SearchKind.Uri => ("x.uri", LastText, "''"),
            SearchKind.Date =>
                (sort.IsDescending ? "x.high" : "x.low", "9223372036854775807", "(-9223372036854775808)"),
            SearchKind.Number or SearchKind.Quantity => (sort.IsDescending ? "x.high" : "x.low", "1e30", "-1e30"),
            SearchKind.Composite => throw new System.Diagnostics.UnreachableException(),
        };
        return $"COALESCE((SELECT {(sort.IsDescending ? "max" : "min")}({column}) "
            + $"FROM {schema}.{SearchSql.Table(sort.Parameter.Kind)} x "
            + $"WHERE x.resource = r.key AND {sql.IsOneOf("x.param", sort.Parameter.NumbersOf(SearchAspect.Value))}), "
            + $"{(sort.IsDescending ? lastDown : lastUp)})";
    }

    private string Value(SearchSort sort, string text)
    {
        if (sort.Parameter.Source == SearchSource.LastUpdated || sort.Parameter.Kind == SearchKind.Date)
        {
            return sql.Value(long.TryParse(text, CultureInfo.InvariantCulture, out var whole) ? whole : 0);
        }

        return sort.Parameter.Kind is SearchKind.Number or SearchKind.Quantity
            ? $"{sql.Value(text, NpgsqlDbType.Text)}::numeric"
            : sql.Value(text);
    }
}
