using System.Diagnostics;
using FhirOrchestrator.Fhir.Search;
using Npgsql;
using NpgsqlTypes;

namespace FhirOrchestrator.Storage.Resources;

/// <summary>
/// Carries out one search. Pages in the order of keys go on behind the last key, which never changes. Values that a
/// search sorts by do change: so where a sorted search has more than one page, the keys found are kept in their order,
/// and the later pages are cut from them. Nothing that exists throughout is skipped or repeated.
/// </summary>
internal sealed class SearchReads(ResourceReads reads, string schema, SearchQuery query)
{
    /// <summary>The most keys kept for later pages; behind them pages go on by the last sort values.</summary>
    public const int SnapshotMax = 20_000;

    private readonly int _pageSize = Math.Clamp(query.Count ?? ResourceReads.PageDefault, 1, ResourceReads.PageMax);

    private bool IsMovable => query.Sort.Any(sort => sort.Parameter.Source != SearchSource.Id);

    /// <summary>The page behind the cursor.</summary>
    public async Task<SearchPage> RunAsync(PageCursor? after, CancellationToken ct)
    {
        try
        {
            var page = after?.Snapshot is { } snapshot
                ? await FromSnapshotAsync(snapshot, after.Offset, ct)
                : await FromCursorAsync(after, ct);
            if (page.Next is not null && after is null && IsMovable)
            {
                page = await KeptAsync(ct) ?? page;
            }

            return query.Includes.IsEmpty || page.Entries.IsEmpty
                ? page
                : page with { Included = await new IncludeReads(reads, schema, query).RunAsync(page.Entries, ct) };
        }
        catch (NpgsqlException slow) when (slow.InnerException is TimeoutException)
        {
            throw new SearchFaultException(
                "too-costly", $"expected a search of at most {ResourceReads.SecondsMax} seconds, got a longer one");
        }
    }

    private async Task<SearchPage> FromCursorAsync(PageCursor? after, CancellationToken ct)
    {
        await using var batch = reads.Batch();
        if (!query.IsCountOnly)
        {
            batch.BatchCommands.Add(PageCommand(after, _pageSize + 1));
        }

        AddTotal(batch);
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var entries = ImmutableArray.CreateBuilder<StoredResource>();
        PageCursor? last = null;
        var hasMore = false;
        while (!query.IsCountOnly && await reader.ReadAsync(ct))
        {
            hasMore = entries.Count == _pageSize;
            if (!hasMore)
            {
                entries.Add(ResourceReads.Stored(reader));
                last = new PageCursor(
                    [.. Enumerable.Range(0, query.Sort.Length).Select(at => reader.GetString(7 + at))],
                    reader.GetInt64(6));
            }
        }

        var total = await TotalAsync(reader, isFirst: query.IsCountOnly, ct);
        return new SearchPage(entries.DrainToImmutable(), hasMore ? last : null, total);
    }

    private void AddTotal(NpgsqlBatch batch)
    {
        if (query.IsCountOnly || query.WantsTotal)
        {
            var count = new SqlText().Append("SELECT count(*)");
            new SearchSql(schema, query, count).AppendFromWhere();
            batch.BatchCommands.Add(count.ToCommand());
        }
    }

    private async Task<long?> TotalAsync(NpgsqlDataReader reader, bool isFirst, CancellationToken ct)
    {
        if (!query.IsCountOnly && !query.WantsTotal)
        {
            return null;
        }

        if (!isFirst)
        {
            await reader.NextResultAsync(ct);
        }

        return await reader.ReadAsync(ct) ? reader.GetInt64(0) : throw new UnreachableException();
    }

    private NpgsqlBatchCommand PageCommand(PageCursor? after, int limit)
    {
        var sql = new SqlText();
        var sort = new SortSql(schema, query, sql);
        sql.Append($"SELECT r.type, r.id, r.version, r.updated_us, r.method, r.body, r.key{sort.SelectList()}");
        new SearchSql(schema, query, sql).AppendFromWhere(sort.Lateral());
        if (after is not null)
        {
            sql.Append("\nAND ").Append(sort.After(after));
        }

        return sql.Append(sort.OrderBy()).Append($"\nLIMIT {sql.Value(limit)}").ToCommand();
    }

    // Keeps the keys in their order, and gives the first page of them; null where there are too many to keep.
    private async Task<SearchPage?> KeptAsync(CancellationToken ct)
    {
        var sql = new SqlText();
        var sort = new SortSql(schema, query, sql);
        sql.Append($"SELECT array_agg(q.key) FROM (SELECT r.key{sort.SelectList()}");
        new SearchSql(schema, query, sql).AppendFromWhere(sort.Lateral());
        sql.Append(sort.OrderBy()).Append($"\nLIMIT {sql.Value(SnapshotMax + 1)}) q");
        long[] keys;
        await using (var batch = reads.Batch())
        {
            batch.BatchCommands.Add(sql.ToCommand());
            keys = await batch.ExecuteScalarAsync(ct) as long[] ?? [];
        }

        if (keys.Length is 0 or > SnapshotMax)
        {
            return null;
        }

        var snapshot = Guid.NewGuid();
        await using (var batch = reads.Batch())
        {
            batch.BatchCommands.Add(SqlText.Command(
                $"DELETE FROM {schema}.search_snapshot WHERE made_at < orchestrator.now() - interval '1 hour'"));
            batch.BatchCommands.Add(SqlText.Command(
                $"INSERT INTO {schema}.search_snapshot (id, keys) VALUES ($1, $2)",
                (snapshot, NpgsqlDbType.Uuid),
                (keys, NpgsqlDbType.Array | NpgsqlDbType.Bigint)));
            await batch.ExecuteNonQueryAsync(ct);
        }

        return await CutAsync(snapshot, keys, 0, keys.Length, ct);
    }

    private async Task<SearchPage> FromSnapshotAsync(Guid snapshot, int offset, CancellationToken ct)
    {
        await using var batch = reads.Batch();
        batch.BatchCommands.Add(SqlText.Command(
            $"SELECT keys[$2 + 1 : $2 + $3], cardinality(keys) FROM {schema}.search_snapshot WHERE id = $1",
            (snapshot, NpgsqlDbType.Uuid),
            (offset, NpgsqlDbType.Integer),
            (_pageSize, NpgsqlDbType.Integer)));
        long[] keys;
        int count;
        await using (var reader = await batch.ExecuteReaderAsync(ct))
        {
            if (!await reader.ReadAsync(ct))
            {
                throw new SearchFaultException(
                    "not-found", "expected a next link of the last hour, got an older one: search again");
            }

            (keys, count) = (reader.GetFieldValue<long[]>(0), reader.GetInt32(1));
        }

        return await CutAsync(snapshot, keys, offset, count, ct);
    }

    // The resources as they are now; one that no longer matches is left out.
    private async Task<SearchPage> CutAsync(Guid snapshot, long[] keys, int offset, int count, CancellationToken ct)
    {
        var sql = new SqlText().Append("SELECT r.type, r.id, r.version, r.updated_us, r.method, r.body, r.key");
        new SearchSql(schema, query, sql).AppendFromWhere();
        var place = sql.Value(keys.Take(_pageSize).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Bigint);
        sql.Append($"\nAND r.key = ANY ({place}) ORDER BY array_position({place}, r.key)");
        await using var batch = reads.Batch();
        batch.BatchCommands.Add(sql.ToCommand());
        AddTotal(batch);
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var entries = ImmutableArray.CreateBuilder<StoredResource>();
        while (await reader.ReadAsync(ct))
        {
            entries.Add(ResourceReads.Stored(reader));
        }

        var next = offset + _pageSize < count ? PageCursor.InSnapshot(snapshot, offset + _pageSize) : null;
        return new SearchPage(entries.DrainToImmutable(), next, await TotalAsync(reader, isFirst: false, ct));
    }
}
