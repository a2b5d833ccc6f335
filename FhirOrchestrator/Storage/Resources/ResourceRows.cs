using System.Diagnostics;
using FhirOrchestrator.Fhir.Search;
using Npgsql;
using NpgsqlTypes;

namespace FhirOrchestrator.Storage.Resources;

/// <summary>
/// Everything that one transaction writes, by table: one statement a table, all in one round trip. Hundreds of
/// resources
/// with thousands of search rows cost as many round trips as one.
/// </summary>
internal sealed class ResourceRows
{
    [System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Auto)]
    private readonly record struct Placed<T>(ResourceWrite Write, long Key, T Row);

    private readonly List<(PreparedWrite Write, StoredResource Stored, long Key, bool IsNew, string Kind)> _resources = [];
    private readonly List<Placed<SearchRow.Token>> _tokens = [];
    private readonly List<Placed<SearchRow.Reference>> _references = [];
    private readonly List<Placed<SearchRow.Text>> _texts = [];
    private readonly List<Placed<SearchRow.Date>> _dates = [];
    private readonly List<Placed<SearchRow.Uri>> _uris = [];
    private readonly List<Placed<SearchRow.Quantity>> _quantities = [];

    public bool IsEmpty => _resources.Count == 0;

    /// <summary>Adds a new version and its search rows.</summary>
    public void Add(PreparedWrite write, StoredResource stored, long key, bool isNew, string kind)
    {
        _resources.Add((write, stored, key, isNew, kind));
        foreach (var row in write.Rows)
        {
            Add(write.Write, key, row);
        }
    }

    /// <summary>Appends the statements, in the order in which they have to run.</summary>
    public void AddCommands(NpgsqlBatch batch, string schema)
    {
        AddReplaced(batch, schema);
        AddResources(batch, schema);
        AddSearchRows(batch, schema);
    }

    private void Add(ResourceWrite write, long key, SearchRow row)
    {
        switch (row)
        {
            case SearchRow.Token token:
                _tokens.Add(new(write, key, token));
                break;
            case SearchRow.Reference reference:
                _references.Add(new(write, key, reference));
                break;
            case SearchRow.Text text:
                _texts.Add(new(write, key, text));
                break;
            case SearchRow.Date date:
                _dates.Add(new(write, key, date));
                break;
            case SearchRow.Uri uri:
                _uris.Add(new(write, key, uri));
                break;
            case SearchRow.Quantity quantity:
                _quantities.Add(new(write, key, quantity));
                break;
            default:
                throw new UnreachableException();
        }
    }

    // What stood there goes to the history; its search rows go.
    private void AddReplaced(NpgsqlBatch batch, string schema)
    {
        var replaced = _resources.Where(each => !each.IsNew).Select(each => each.Key).ToArray();
        if (replaced.Length == 0)
        {
            return;
        }

        var keys = (Value: (object)replaced, Type: NpgsqlDbType.Array | NpgsqlDbType.Bigint);
        batch.BatchCommands.Add(SqlText.Command(
            $"""
            INSERT INTO {schema}.resource_history (ehr, site, type, id, version, updated_us, method, body)
            SELECT ehr, site, type, id, version, updated_us, method, body FROM {schema}.resource WHERE key = ANY ($1)
            """,
            keys));
        foreach (var table in (string[])
            ["search_token", "search_reference", "search_string", "search_date", "search_uri", "search_quantity"])
        {
            batch.BatchCommands.Add(SqlText.Command($"DELETE FROM {schema}.{table} WHERE resource = ANY ($1)", keys));
        }
    }

    private void AddResources(NpgsqlBatch batch, string schema)
    {
        // An upsert serves new and replaced alike; a new one under an id taken meanwhile violates the unique key.
        batch.BatchCommands.Add(SqlText.Command(
            $"""
            INSERT INTO {schema}.resource AS r (key, ehr, site, type, id, version, updated_us, method, body)
            SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9)
            ON CONFLICT (key) DO UPDATE SET ehr = excluded.ehr, site = excluded.site, version = excluded.version,
                updated_us = excluded.updated_us, method = excluded.method, body = excluded.body
            """,
            Longs(_resources, each => each.Key),
            Texts(_resources, each => each.Write.Write.Ehr.Value),
            Texts(_resources, each => each.Write.Write.Site.Value),
            Texts(_resources, each => each.Stored.Type),
            Texts(_resources, each => each.Stored.Id),
            Longs(_resources, each => each.Stored.Version),
            Longs(_resources, each => DateSpan.Of(each.Stored.LastUpdated)),
            Texts(_resources, each => each.Stored.Method),
            (_resources.Select(each => each.Stored.Body.ToArray()).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Bytea)));
        batch.BatchCommands.Add(SqlText.Command(
            $"""
            INSERT INTO {schema}.resource_change (position, ehr, site, type, id, version, kind)
            SELECT (pg_current_xact_id()::text::bigint << 20) + n, e, s, t, i, v, k
            FROM unnest($1, $2, $3, $4, $5, $6) WITH ORDINALITY AS u (e, s, t, i, v, k, n)
            """,
            Texts(_resources, each => each.Write.Write.Ehr.Value),
            Texts(_resources, each => each.Write.Write.Site.Value),
            Texts(_resources, each => each.Stored.Type),
            Texts(_resources, each => each.Stored.Id),
            Longs(_resources, each => each.Stored.Version),
            Texts(_resources, each => each.Kind)));
    }

    private void AddSearchRows(NpgsqlBatch batch, string schema)
    {
        Insert(batch, _tokens, $"{schema}.search_token (param, resource, ehr, site, system, code)",
            Texts(_tokens, each => SqlText.Indexable(each.Row.System)), Texts(_tokens, each => SqlText.Indexable(each.Row.Code)));
        Insert(batch, _references, $"{schema}.search_reference (param, resource, ehr, site, target_type, target_id, base, uri)",
            Texts(_references, each => each.Row.TargetType), Texts(_references, each => SqlText.Indexable(each.Row.TargetId)),
            Texts(_references, each => each.Row.Base), Texts(_references, each => SqlText.Indexable(each.Row.Other)));
        Insert(batch, _texts, $"{schema}.search_string (param, resource, ehr, site, start, folded, exact)",
            Texts(_texts, each => Start(each.Row.Folded)), Texts(_texts, each => each.Row.Folded), Texts(_texts, each => each.Row.Exact));
        Insert(batch, _dates, $"{schema}.search_date (param, resource, ehr, site, low, high)",
            Longs(_dates, each => each.Row.Low), Longs(_dates, each => each.Row.High));
        Insert(batch, _uris, $"{schema}.search_uri (param, resource, ehr, site, uri)",
            Texts(_uris, each => SqlText.Indexable(each.Row.Value)));
        Insert(batch, _quantities, $"{schema}.search_quantity (param, resource, ehr, site, low, high, system, code, unit)",
            Numbers(_quantities, each => each.Row.Low), Numbers(_quantities, each => each.Row.High),
            Texts(_quantities, each => SqlText.Indexable(each.Row.System)),
            Texts(_quantities, each => SqlText.Indexable(each.Row.Code)),
            Texts(_quantities, each => SqlText.Indexable(each.Row.Unit)));
    }

    /// <summary>As much of a folded text as the index holds.</summary>
    public static string Start(string folded)
    {
        const int charactersMax = 100;
        return folded.Length <= charactersMax ? folded
            : char.IsHighSurrogate(folded[charactersMax - 1]) ? folded[..(charactersMax - 1)]
            : folded[..charactersMax];
    }

    private static void Insert<T>(
        NpgsqlBatch batch, List<Placed<T>> rows, string table,
        params ReadOnlySpan<(object Value, NpgsqlDbType Type)> columns)
        where T : SearchRow
    {
        if (rows.Count == 0)
        {
            return;
        }

        var parameters = (rows.Select(each => each.Row.Parameter).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Integer);
        var placeholders = string.Concat(Enumerable.Range(5, columns.Length).Select(at => $", ${at}"));
        batch.BatchCommands.Add(SqlText.Command(
            $"INSERT INTO {table} SELECT * FROM unnest($1, $2, $3, $4{placeholders})",
            [
                parameters,
                Longs(rows, each => each.Key),
                Texts(rows, each => each.Write.Ehr.Value),
                Texts(rows, each => each.Write.Site.Value),
                .. columns,
            ]));
    }

    private static (object Value, NpgsqlDbType Type) Texts<T>(List<T> rows, Func<T, string> value) =>
        (rows.Select(value).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text);

    private static (object Value, NpgsqlDbType Type) Longs<T>(List<T> rows, Func<T, long> value) =>
        (rows.Select(value).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Bigint);

    private static (object Value, NpgsqlDbType Type) Numbers<T>(List<T> rows, Func<T, decimal> value) =>
        (rows.Select(value).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Numeric);
}
