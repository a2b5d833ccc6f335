using FhirOrchestrator.Fhir.Search;
using Npgsql;

namespace FhirOrchestrator.Storage.Resources;

/// <summary>A history of one resource, one type or all (R4, http, history).</summary>
/// <param name="Type">Empty for all types.</param>
/// <param name="Id">Empty for all resources of the type.</param>
internal sealed record HistoryQuery(string Type, string Id)
{
    /// <summary><c>_since</c>: only versions made at this instant or later.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary><c>_at</c>: only versions that were current at some time in this span.</summary>
    public DateSpan? At { get; init; }

    /// <summary>Versions on a page.</summary>
    public int Count { get; init; } = ResourceReads.PageDefault;

    /// <summary>The last version of the page before; null for the first page.</summary>
    public HistoryCursor? After { get; init; }
}

/// <summary>A place in a history: new versions come before the first page, so none is skipped or repeated.</summary>
internal sealed record HistoryCursor(long UpdatedMicroseconds, string Type, string Id, long Version);

/// <summary>A page of a history, newest first.</summary>
internal sealed record HistoryPage(ImmutableArray<StoredResource> Versions, HistoryCursor? Next, long Total);

/// <summary>Carries out one question about history.</summary>
internal sealed class HistoryReads(ResourceReads reads, string schema, HistoryQuery query)
{
    private const string Columns = "type, id, version, updated_us, method, body";

    /// <summary>The page that the query asks for, with the number of all versions.</summary>
    public async Task<HistoryPage> RunAsync(CancellationToken ct)
    {
        var size = Math.Clamp(query.Count, 1, ResourceReads.HistoryMax);
        await using var batch = reads.Batch();
        batch.BatchCommands.Add(Page(size + 1));
        batch.BatchCommands.Add(Total());
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var versions = ImmutableArray.CreateBuilder<StoredResource>();
        var hasMore = false;
        while (await reader.ReadAsync(ct))
        {
            hasMore = versions.Count == size;
            if (!hasMore)
            {
                versions.Add(ResourceReads.Stored(reader));
            }
        }

        await reader.NextResultAsync(ct);
        await reader.ReadAsync(ct);
        var last = hasMore ? versions[^1] : null;
        return new HistoryPage(
            versions.DrainToImmutable(),
            last is null
                ? null
                : new HistoryCursor(DateSpan.Of(last.LastUpdated), last.Type, last.Id, last.Version),
            reader.GetInt64(0));
    }

    // Both tables are asked for a page of their own: each has an index in this order.
    private NpgsqlBatchCommand Page(int limit)
    {
        var sql = new SqlText();
        var bound = sql.Value(limit);
        const string order = "ORDER BY updated_us DESC, type, id, version DESC";
        var current = $"(SELECT {Columns} FROM {schema}.resource v {Where(sql, isPage: true)} {order} LIMIT {bound})";
        var past = $"(SELECT {Columns} FROM {schema}.resource_history v {Where(sql, isPage: true)} {order}"
            + $" LIMIT {bound})";
        return sql.Append($"SELECT * FROM ({current} UNION ALL {past}) v {order} LIMIT {bound}").ToCommand();
    }

    private NpgsqlBatchCommand Total()
    {
        var sql = new SqlText();
        return sql.Append(
            $"SELECT (SELECT count(*) FROM {schema}.resource v {Where(sql, isPage: false)})"
            + $" + (SELECT count(*) FROM {schema}.resource_history v {Where(sql, isPage: false)})").ToCommand();
    }

    private string Where(SqlText sql, bool isPage)
    {
        var conditions = new List<string> { "TRUE" };
        if (query.Type.Length > 0)
        {
            conditions.Add($"v.type = {sql.Value(query.Type)}");
        }

        if (query.Id.Length > 0)
        {
            conditions.Add($"v.id = {sql.Value(query.Id)}");
        }

        if (query.Since is { } since)
        {
            conditions.Add($"v.updated_us >= {sql.Value(DateSpan.Of(since))}");
        }

        if (query.At is { } at)
        {
            // Current from its own change up to the next version's.
            var ended = "EXISTS (SELECT FROM {0} n WHERE n.type = v.type AND n.id = v.id"
                + $" AND n.version = v.version + 1 AND n.updated_us <= {sql.Value(at.Low)})";
            conditions.Add($"v.updated_us < {sql.Value(at.High)}");
            conditions.Add($"NOT {ended.Replace("{0}", schema + ".resource", StringComparison.Ordinal)}");
            conditions.Add($"NOT {ended.Replace("{0}", schema + ".resource_history", StringComparison.Ordinal)}");
        }

        if (isPage && query.After is { } after)
        {
            conditions.Add(
                $"(v.updated_us < {sql.Value(after.UpdatedMicroseconds)}"
                + $" OR (v.updated_us = {sql.Value(after.UpdatedMicroseconds)}"
                + $" AND (v.type, v.id, -v.version) > ({sql.Value(after.Type)}, {sql.Value(after.Id)},"
                + $" {sql.Value(-after.Version)})))");
        }

        return $"WHERE {string.Join(" AND ", conditions)}";
    }
}
