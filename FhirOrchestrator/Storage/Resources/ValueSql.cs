using System.Diagnostics;
using FhirOrchestrator.Fhir.Search;

namespace FhirOrchestrator.Storage.Resources;

/// <summary>Compares rows with a query's values in SQL, as <see cref="RowTests"/> does in memory.</summary>
internal sealed class ValueSql(SqlText sql, string? ownBase)
{
    /// <summary>The condition that the row <paramref name="x"/> matches one of the values.</summary>
    public string AnyOf(ImmutableArray<SearchValue> values, SearchModifier modifier, string x)
    {
        // Bare codes are one list: an index serves it better than as many comparisons.
        var bare = values.OfType<SearchValue.Token>().Where(IsBare).ToList();
        var conditions = values.Where(value => value is not SearchValue.Token token || !IsBare(token))
            .Select(value => Value(value, modifier, x)).ToList();
        if (bare.Count > 0)
        {
            var codes = bare.Select(token => SqlText.Indexable(token.Code ?? ""));
            conditions.Add(bare.Count == 1
                ? $"{x}.code = {sql.Value(codes.First())}"
                : $"{x}.code = ANY ({sql.Values(codes)})");
        }

        return $"({string.Join(" OR ", conditions)})";
    }

    /// <summary>The condition that a reference row points at this server.</summary>
    public string IsOwn(string x) => ownBase is { } own
        ? $"{x}.base IN ('', {sql.Value(own)})"
        : $"{x}.base = ''";

    /// <summary>A date in columns of any table.</summary>
    public string Date(SearchValue.Date date, string low, string high)
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
            SearchPrefix.GreaterOrEqual => $"({high} > {to} OR {within})",
            SearchPrefix.LessOrEqual => $"({low} < {from} OR {within})",
            SearchPrefix.StartsAfter => $"{low} >= {to}",
            SearchPrefix.EndsBefore => $"{high} <= {from}",
            SearchPrefix.Approximate => $"({low} < {to} AND {high} > {from})",
        };
    }

    private static bool IsBare(SearchValue.Token token) => token is { System: null, Code: not null };

    private string Value(SearchValue value, SearchModifier modifier, string x) => value switch
    {
        SearchValue.Token token => Token(token, x),
        SearchValue.CodeSet set => $"({x}.system, {x}.code) IN (SELECT * FROM unnest("
            + $"{sql.Values(set.Codes.Select(each => SqlText.Indexable(each.System)))}, "
            + $"{sql.Values(set.Codes.Select(each => SqlText.Indexable(each.Code)))}))",
        SearchValue.Reference reference => Reference(reference, x),
        SearchValue.Uri uri => Uri(uri.Value, modifier, x),
        SearchValue.Text text => Text(text, modifier, x),
        SearchValue.Date date => Date(date, $"{x}.low", $"{x}.high"),
        SearchValue.Quantity quantity => Quantity(quantity, x),
        _ => throw new UnreachableException(),
    };

    private string Token(SearchValue.Token token, string x)
    {
        var code = token.Code is { } text ? $"{x}.code = {sql.Value(SqlText.Indexable(text))}" : "TRUE";
        return token.System is not { } system ? code
            : token.IsOwnSystem ? $"({code} AND {x}.system IN ({sql.Value(SqlText.Indexable(system))}, ''))"
            : $"({code} AND {x}.system = {sql.Value(SqlText.Indexable(system))})";
    }

    private string Reference(SearchValue.Reference reference, string x)
    {
        var id = $"{x}.target_id = {sql.Value(reference.Id)}";
        var type = reference.Type is { } name ? $" AND {x}.target_type = {sql.Value(name)}" : "";
        var origin = reference.Base is { } other ? $"{x}.base = {sql.Value(other)}" : IsOwn(x);
        return $"({id}{type} AND {origin})";
    }

    private string Uri(string uri, SearchModifier modifier, string x)
    {
        switch (modifier)
        {
            // Rows keep only the beginning of very long URIs; a longer value asked for finds none of them.
            case SearchModifier.Below:
                return $"({x}.uri >= {sql.Value(uri)} AND starts_with({x}.uri, {sql.Value(uri)}))";
            case SearchModifier.Above:
                return $"({x}.uri <> '' AND starts_with({sql.Value(uri)}, {x}.uri))";
            default:
                // '}' follows '|' in the collation "C": the range holds every version of the canonical.
                var cut = SqlText.Indexable(uri);
                return $"({x}.uri = {sql.Value(cut)}"
                    + $" OR ({x}.uri >= {sql.Value(cut + "|")} AND {x}.uri < {sql.Value(cut + "}")}))";
        }
    }

    private string Text(SearchValue.Text text, SearchModifier modifier, string x)
    {
        if (modifier == SearchModifier.Contains)
        {
            return $"position({sql.Value(text.Folded)} IN {x}.folded) > 0";
        }

        var start = SearchRowsInsert.Start(text.Folded);
        var range = $"{x}.start >= {sql.Value(start)} AND {x}.start < {sql.Value(start + "\U0010FFFF")}";
        return modifier == SearchModifier.Exact
            ? $"({range} AND {x}.exact = {sql.Value(text.Exact)})"
            : $"({range} AND starts_with({x}.folded, {sql.Value(text.Folded)}))";
    }

    private string Quantity(SearchValue.Quantity quantity, string x)
    {
        var system = quantity.System is { } name ? $" AND {x}.system = {sql.Value(SqlText.Indexable(name))}" : "";
        var unit = quantity.Code is { } code
            ? $" AND ({x}.code = {sql.Value(SqlText.Indexable(code))}"
                + $" OR {x}.unit = {sql.Value(SqlText.Indexable(quantity.Unit ?? ""))})"
            : "";
        string Within() => $"({x}.low >= {sql.Value(quantity.Low)} AND {x}.high < {sql.Value(quantity.High)})";
        string Number() => sql.Value(quantity.Value);
        var number = quantity.Prefix switch
        {
            SearchPrefix.Equal => Within(),
            SearchPrefix.NotEqual => $"NOT {Within()}",
            SearchPrefix.Greater => $"{x}.high > {Number()}",
            SearchPrefix.Less => $"{x}.low < {Number()}",
            SearchPrefix.GreaterOrEqual => $"{x}.high >= {Number()}",
            SearchPrefix.LessOrEqual => $"{x}.low <= {Number()}",
            SearchPrefix.StartsAfter => $"{x}.low > {Number()}",
            SearchPrefix.EndsBefore => $"{x}.high < {Number()}",
            SearchPrefix.Approximate =>
                $"({x}.low <= {sql.Value(quantity.High)} AND {x}.high >= {sql.Value(quantity.Low)})",
        };
        return $"({number}{system}{unit})";
    }
}
