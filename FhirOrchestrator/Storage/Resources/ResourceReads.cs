using System.Diagnostics;
using FhirOrchestrator.Fhir.Search;
using Npgsql;
using NpgsqlTypes;

namespace FhirOrchestrator.Storage.Resources;

/// <summary>
/// What can be read from a store: outside any transaction, each read on a connection of its own, or inside one, where
/// it
/// sees that transaction's writes.
/// </summary>
internal sealed class ResourceReads
{
    /// <summary>Resources on a page where the query does not say.</summary>
    public const int PageDefault = 50;

    /// <summary>The most resources on a page; a larger <c>_count</c> gets this many.</summary>
    public const int PageMax = 1000;

    /// <summary>The most versions that a history gives at once.</summary>
    public const int HistoryMax = 1000;

    private const string Columns = "type, id, version, updated_us, method, body";
    private readonly NpgsqlDataSource? _source;
    private readonly NpgsqlConnection? _connection;
    private readonly NpgsqlTransaction? _transaction;
    private readonly string _schema;

    public ResourceReads(NpgsqlDataSource source, string schema) => (_source, _schema) = (source, schema);

    public ResourceReads(NpgsqlTransaction transaction, string schema) =>
        (_connection, _transaction, _schema) = (transaction.Connection, transaction, schema);

    /// <summary>The newest version, which may be a deletion; null where there never was one.</summary>
    public async Task<StoredResource?> ReadAsync(string type, string id, CancellationToken ct)
    {
        var found = await QueryAsync(
            $"SELECT {Columns} FROM {_schema}.resource WHERE type = $1 AND id = $2", ct, Text(type), Text(id));
        return found.SingleOrDefault();
    }

    /// <summary>One version, which may be a deletion; null where there is none.</summary>
    public async Task<StoredResource?> ReadVersionAsync(string type, string id, long version, CancellationToken ct)
    {
        var found = await QueryAsync(
            $"""
            SELECT {Columns} FROM {_schema}.resource WHERE type = $1 AND id = $2 AND version = $3
            UNION ALL
            SELECT {Columns} FROM {_schema}.resource_history WHERE type = $1 AND id = $2 AND version = $3
            """,
            ct,
            Text(type),
            Text(id),
            (version, NpgsqlDbType.Bigint));
        return found.SingleOrDefault();
    }

    /// <summary>The newest versions, newest first; none where there never was one.</summary>
    public async Task<IReadOnlyList<StoredResource>> HistoryAsync(
        string type, string id, int countMax, CancellationToken ct) => await QueryAsync(
            $"""
            SELECT {Columns} FROM {_schema}.resource WHERE type = $1 AND id = $2
            UNION ALL
            SELECT {Columns} FROM {_schema}.resource_history WHERE type = $1 AND id = $2
            ORDER BY version DESC LIMIT $3
            """,
            ct,
            Text(type),
            Text(id),
            (Math.Clamp(countMax, 1, HistoryMax), NpgsqlDbType.Integer));

    /// <summary>The resources that match, a page of them, in the order that the query asks for.</summary>
    /// <param name="after">Where the page before ended; null for the first.</param>
    public async Task<SearchPage> SearchAsync(SearchQuery query, PageCursor? after, CancellationToken ct)
    {
        var pageSize = Math.Clamp(query.Count ?? PageDefault, 1, PageMax);
        await using var batch = Batch();
        if (!query.IsCountOnly)
        {
            batch.BatchCommands.Add(PageCommand(query, after, pageSize + 1));
        }

        if (query.IsCountOnly || query.WantsTotal)
        {
            var count = new SqlText().Append("SELECT count(*)");
            new SearchSql(_schema, query, count).AppendFromWhere();
            batch.BatchCommands.Add(count.ToCommand());
        }

        await using var reader = await batch.ExecuteReaderAsync(ct);
        var entries = ImmutableArray.CreateBuilder<StoredResource>();
        PageCursor? last = null;
        var hasMore = false;
        while (!query.IsCountOnly && await reader.ReadAsync(ct))
        {
            hasMore = entries.Count == pageSize;
            if (!hasMore)
            {
                entries.Add(Stored(reader));
                last = Cursor(reader, query.Sort.Length);
            }
        }

        long? total = null;
        if (query.IsCountOnly || (query.WantsTotal && await reader.NextResultAsync(ct)))
        {
            total = await reader.ReadAsync(ct) ? reader.GetInt64(0) : throw new UnreachableException();
        }

        return new SearchPage(entries.DrainToImmutable(), hasMore ? last : null, total);
    }

    private NpgsqlBatchCommand PageCommand(SearchQuery query, PageCursor? after, int limit)
    {
        var sql = new SqlText();
        var sort = new SortSql(_schema, query, sql);
        sql.Append($"SELECT r.type, r.id, r.version, r.updated_us, r.method, r.body, r.key{sort.SelectList()}");
        new SearchSql(_schema, query, sql).AppendFromWhere(sort.Lateral());
        if (after is not null)
        {
            sql.Append("\nAND ").Append(sort.After(after));
        }

        return sql.Append(sort.OrderBy()).Append($"\nLIMIT {sql.Value(limit)}").ToCommand();
    }

    private static PageCursor Cursor(NpgsqlDataReader reader, int sortCount) => new(
        [.. Enumerable.Range(0, sortCount).Select(at => reader.GetString(7 + at))], reader.GetInt64(6));

    private static (object Value, NpgsqlDbType Type) Text(string value) => (value, NpgsqlDbType.Text);

    private NpgsqlBatch Batch() => _source?.CreateBatch() ?? new NpgsqlBatch(_connection, _transaction);

    private async Task<List<StoredResource>> QueryAsync(
        string sql, CancellationToken ct, params (object Value, NpgsqlDbType Type)[] values)
    {
        await using var batch = Batch();
        batch.BatchCommands.Add(SqlText.Command(sql, values));
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var found = new List<StoredResource>();
        while (await reader.ReadAsync(ct))
        {
            found.Add(Stored(reader));
        }

        return found;
    }

    private static StoredResource Stored(NpgsqlDataReader reader)
    {
        var method = reader.GetString(4);
        return new StoredResource(
            reader.GetString(0),
            reader.GetString(1),
            reader.GetInt64(2),
            DateSpan.At(reader.GetInt64(3)),
            method == "DELETE",
            reader.GetFieldValue<byte[]>(5))
        {
            Method = method,
        };
    }
}
