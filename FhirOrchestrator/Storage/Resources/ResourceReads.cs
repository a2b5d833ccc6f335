using FhirOrchestrator.Fhir.Search;
using Npgsql;
using NpgsqlTypes;

namespace FhirOrchestrator.Storage.Resources;

/// <summary>
/// What can be read from a store: outside any transaction, each read on a connection of its own, or inside one, where
/// it sees that transaction's writes.
/// </summary>
internal sealed class ResourceReads
{
    /// <summary>Resources on a page where the query does not say.</summary>
    public const int PageDefault = 50;

    /// <summary>The most resources on a page; a larger <c>_count</c> gets this many.</summary>
    public const int PageMax = 1000;

    /// <summary>The most versions that a history gives at once.</summary>
    public const int HistoryMax = 1000;

    /// <summary>The longest that one question may take, in seconds.</summary>
    public const int SecondsMax = 20;

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
    /// <exception cref="SearchFaultException">The search cannot be carried out, for a reason to be told.</exception>
    public Task<SearchPage> SearchAsync(SearchQuery query, PageCursor? after, CancellationToken ct) =>
        new SearchReads(this, _schema, query).RunAsync(after, ct);

    /// <summary>Versions of all resources, or of one type, newest first: a page of them.</summary>
    public Task<HistoryPage> HistoryAsync(HistoryQuery query, CancellationToken ct) =>
        new HistoryReads(this, _schema, query).RunAsync(ct);

    private static (object Value, NpgsqlDbType Type) Text(string value) => (value, NpgsqlDbType.Text);

    /// <summary>A batch of statements, which may take no longer than <see cref="SecondsMax"/>.</summary>
    public NpgsqlBatch Batch()
    {
        var batch = _source?.CreateBatch() ?? new NpgsqlBatch(_connection, _transaction);
        batch.Timeout = SecondsMax;
        return batch;
    }

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

    /// <summary>A version from the columns type, id, version, updated_us, method and body.</summary>
    public static StoredResource Stored(NpgsqlDataReader reader)
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
