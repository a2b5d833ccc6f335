using System.Diagnostics;
using FhirOrchestrator.Fhir.Search;
using Npgsql;
using NpgsqlTypes;

namespace FhirOrchestrator.Storage.Resources;

/// <summary>Where search rows belong: the resource's key, and who may see it.</summary>
[System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Auto)]
internal readonly record struct RowsOwner(long Key, string Ehr, string Site);

/// <summary>Search rows to insert, by table: one statement a table.</summary>
internal sealed class SearchRowsInsert
{
    /// <summary>The tables of search rows.</summary>
    public static readonly ImmutableArray<string> Tables =
        ["search_token", "search_reference", "search_string", "search_date", "search_uri", "search_quantity"];

    [System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Auto)]
    private readonly record struct Placed<T>(RowsOwner Owner, T Row);

    private readonly List<Placed<SearchRow.Token>> _tokens = [];
    private readonly List<Placed<SearchRow.Reference>> _references = [];
    private readonly List<Placed<SearchRow.Text>> _texts = [];
    private readonly List<Placed<SearchRow.Date>> _dates = [];
    private readonly List<Placed<SearchRow.Uri>> _uris = [];
    private readonly List<Placed<SearchRow.Quantity>> _quantities = [];

    /// <summary>Adds the rows of one resource.</summary>
    public void Add(RowsOwner owner, IEnumerable<SearchRow> rows)
    {
        foreach (var row in rows)
        {
            Add(owner, row);
        }
    }

    /// <summary>Appends the statements.</summary>
    public void AddCommands(NpgsqlBatch batch, string schema)
    {
        Insert(batch, _tokens, $"{schema}.search_token", "system, code",
            Texts(_tokens, row => SqlText.Indexable(row.System)), Texts(_tokens, row => SqlText.Indexable(row.Code)));
        Insert(batch, _references, $"{schema}.search_reference", "target_type, target_id, base, uri",
            Texts(_references, row => row.TargetType), Texts(_references, row => SqlText.Indexable(row.TargetId)),
            Texts(_references, row => row.Base), Texts(_references, row => SqlText.Indexable(row.Other)));
        Insert(batch, _texts, $"{schema}.search_string", "start, folded, exact",
            Texts(_texts, row => Start(row.Folded)), Texts(_texts, row => row.Folded),
            Texts(_texts, row => row.Exact));
        Insert(batch, _dates, $"{schema}.search_date", "low, high",
            Longs(_dates, row => row.Low), Longs(_dates, row => row.High));
        Insert(batch, _uris, $"{schema}.search_uri", "uri", Texts(_uris, row => SqlText.Indexable(row.Value)));
        Insert(batch, _quantities, $"{schema}.search_quantity", "low, high, system, code, unit",
            Numbers(_quantities, row => row.Low), Numbers(_quantities, row => row.High),
            Texts(_quantities, row => SqlText.Indexable(row.System)),
            Texts(_quantities, row => SqlText.Indexable(row.Code)),
            Texts(_quantities, row => SqlText.Indexable(row.Unit)));
    }

    /// <summary>As much of a folded text as the index holds.</summary>
    public static string Start(string folded)
    {
        const int charactersMax = 100;
        return folded.Length <= charactersMax ? folded
            : char.IsHighSurrogate(folded[charactersMax - 1]) ? folded[..(charactersMax - 1)]
            : folded[..charactersMax];
    }

    private void Add(RowsOwner owner, SearchRow row)
    {
        switch (row)
        {
            case SearchRow.Token token:
                _tokens.Add(new(owner, token));
                break;
            case SearchRow.Reference reference:
                _references.Add(new(owner, reference));
                break;
            case SearchRow.Text text:
                _texts.Add(new(owner, text));
                break;
            case SearchRow.Date date:
                _dates.Add(new(owner, date));
                break;
            case SearchRow.Uri uri:
                _uris.Add(new(owner, uri));
                break;
            case SearchRow.Quantity quantity:
                _quantities.Add(new(owner, quantity));
                break;
            default:
                throw new UnreachableException();
        }
    }

    private static void Insert<T>(
        NpgsqlBatch batch, List<Placed<T>> rows, string table, string names,
        params ReadOnlySpan<(object Value, NpgsqlDbType Type)> columns)
        where T : SearchRow
    {
        if (rows.Count == 0)
        {
            return;
        }

        var placeholders = string.Concat(Enumerable.Range(6, columns.Length).Select(at => $", ${at}"));
        batch.BatchCommands.Add(SqlText.Command(
            $"""
            INSERT INTO {table} (param, resource, ehr, site, item, {names})
            SELECT * FROM unnest($1, $2, $3, $4, $5{placeholders})
            """,
            [
                (rows.Select(each => each.Row.Parameter).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Integer),
                (rows.Select(each => each.Owner.Key).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Bigint),
                (rows.Select(each => each.Owner.Ehr).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text),
                (rows.Select(each => each.Owner.Site).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text),
                (rows.Select(each => each.Row.Item).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Integer),
                .. columns,
            ]));
    }

    // PostgreSQL's text has no character 0; FHIR's strings have none either.
    private static (object Value, NpgsqlDbType Type) Texts<T>(List<Placed<T>> rows, Func<T, string> value) =>
        (rows.Select(each => SqlText.Storable(value(each.Row))).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text);

    private static (object Value, NpgsqlDbType Type) Longs<T>(List<Placed<T>> rows, Func<T, long> value) =>
        (rows.Select(each => value(each.Row)).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Bigint);

    private static (object Value, NpgsqlDbType Type) Numbers<T>(List<Placed<T>> rows, Func<T, decimal> value) =>
        (rows.Select(each => value(each.Row)).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Numeric);
}
