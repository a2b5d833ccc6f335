using FhirOrchestrator.Fhir.Search;
using Npgsql;
using NpgsqlTypes;

namespace FhirOrchestrator.Storage.Resources;

/// <summary>
/// Everything that one transaction writes, by table: one statement a table, all in one round trip. Hundreds of
/// resources with thousands of search rows cost as many round trips as one.
/// </summary>
internal sealed class ResourceRows
{
    private readonly List<(PreparedWrite Write, StoredResource Stored, long Key, bool IsNew, string Kind)> _resources =
        [];
    private readonly SearchRowsInsert _rows = new();

    public bool IsEmpty => _resources.Count == 0;

    /// <summary>Adds a new version and its search rows.</summary>
    public void Add(PreparedWrite write, StoredResource stored, long key, bool isNew, string kind)
    {
        _resources.Add((write, stored, key, isNew, kind));
        _rows.Add(new RowsOwner(key, write.Write.Ehr.Value, write.Write.Site.Value), write.Rows);
    }

    /// <summary>Appends the statements, in the order in which they have to run.</summary>
    public void AddCommands(NpgsqlBatch batch, string schema)
    {
        AddReplaced(batch, schema);
        AddResources(batch, schema);
        _rows.AddCommands(batch, schema);
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
        foreach (var table in SearchRowsInsert.Tables)
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
            (_resources.Select(each => each.Stored.Body.ToArray()).ToArray(),
                NpgsqlDbType.Array | NpgsqlDbType.Bytea)));
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

    private static (object Value, NpgsqlDbType Type) Texts<T>(List<T> rows, Func<T, string> value) =>
        (rows.Select(value).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text);

    private static (object Value, NpgsqlDbType Type) Longs<T>(List<T> rows, Func<T, long> value) =>
        (rows.Select(value).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Bigint);
}
