using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Search;
using Npgsql;
using NpgsqlTypes;

namespace FhirOrchestrator.Storage.Resources;

/// <summary>
/// The search parameters of a store: R4's and those of its own SearchParameter resources. Writers hold the catalogs
/// shared, a change of a SearchParameter holds them alone, so every resource has the rows of every parameter.
/// </summary>
internal sealed class StoreCatalogs(NpgsqlDataSource source, string schema)
{
    // Apart from other users of advisory locks in this database.
    private const long LockSpace = 0x5345_4152_4348_5041;

    private volatile Known? _known;

    /// <summary>Catalogs, and the generation of SearchParameters that they were made of.</summary>
    internal sealed record Known(long Generation, SearchCatalogs Catalogs);

    /// <summary>The catalogs as last seen by this process.</summary>
    public async Task<Known> KnownAsync(CancellationToken ct) => _known ?? await PrepareAsync(ct);

    /// <summary>The catalogs as they are now.</summary>
    public async Task<SearchCatalogs> CurrentAsync(CancellationToken ct)
    {
        var known = await KnownAsync(ct);
        await using var batch = source.CreateBatch();
        batch.BatchCommands.Add(SqlText.Command($"SELECT generation FROM {schema}.search_state"));
        var generation = await batch.ExecuteScalarAsync(ct) as long?;
        return generation == known.Generation ? known.Catalogs
            : (_known = await LoadAsync(source.CreateBatch, ct)).Catalogs;
    }

    /// <summary>The catalogs inside a transaction, from now on unchanged until it ends.</summary>
    /// <param name="isChange">True where the transaction is about to change a SearchParameter.</param>
    public async Task<Known> HoldAsync(NpgsqlTransaction transaction, bool isChange, CancellationToken ct)
    {
        var known = await KnownAsync(ct);
        NpgsqlBatch Batch() => new(transaction.Connection, transaction);
        await using var batch = Batch();
        var held = isChange ? "pg_advisory_xact_lock" : "pg_advisory_xact_lock_shared";
        batch.BatchCommands.Add(SqlText.Command($"SELECT {held}($1)", (LockKey, NpgsqlDbType.Bigint)));
        batch.BatchCommands.Add(SqlText.Command($"SELECT generation FROM {schema}.search_state"));
        await using (var reader = await batch.ExecuteReaderAsync(ct))
        {
            await reader.NextResultAsync(ct);
            if (await reader.ReadAsync(ct) && reader.GetInt64(0) == known.Generation)
            {
                return known;
            }
        }

        // Not kept: what this transaction itself changed may never be committed.
        return await LoadAsync(Batch, ct);
    }

    /// <summary>
    /// Takes in changed SearchParameters within their transaction: every resource of their types gets its rows. Takes
    /// about as long as writing those resources anew.
    /// </summary>
    public async Task ChangeAsync(NpgsqlTransaction transaction, Known before, CancellationToken ct)
    {
        // However many resources there are: no limit of time.
        NpgsqlBatch Batch() => new(transaction.Connection, transaction) { Timeout = 0 };
        await using (var bump = Batch())
        {
            bump.BatchCommands.Add(SqlText.Command($"UPDATE {schema}.search_state SET generation = generation + 1"));
            await bump.ExecuteNonQueryAsync(ct);
        }

        var after = await LoadAsync(Batch, ct);
        var gone = before.Catalogs.Added.ExceptBy(after.Catalogs.Added.Select(Likeness), Likeness).ToList();
        var come = after.Catalogs.Added.ExceptBy(before.Catalogs.Added.Select(Likeness), Likeness).ToList();
        var reindex = new SearchReindex(schema, Batch);
        await reindex.RemoveAsync(gone.Concat(come), ct);
        foreach (var parameter in come)
        {
            await reindex.AddAsync(
                parameter.ResourceType, resource => SearchIndexer.Extract(resource, parameter), ct);
        }
    }

    private long LockKey => LockSpace + schema[0];

    private static string Likeness(SearchParameter parameter) =>
        $"{parameter.ResourceType}.{parameter.Code} {parameter.Kind} {parameter.Expression?.Text} "
        + string.Join(' ', parameter.Parts.Select(part => $"{part.Kind} {part.Expression?.Text}"));

    // The first use of a store in this process: rows of an older release are made anew before anything is searched.
    private async Task<Known> PrepareAsync(CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        NpgsqlBatch Batch() => new(connection, transaction) { Timeout = 0 };
        if (await VersionAsync(Batch, ct) < SearchIndexer.RowsVersion)
        {
            await using (var hold = Batch())
            {
                hold.BatchCommands.Add(SqlText.Command(
                    "SELECT pg_advisory_xact_lock($1)", (LockKey, NpgsqlDbType.Bigint)));
                await hold.ExecuteNonQueryAsync(ct);
            }

            // Who held the lock before may have done it.
            if (await VersionAsync(Batch, ct) < SearchIndexer.RowsVersion)
            {
                await new SearchReindex(schema, Batch).AllAsync((await LoadAsync(Batch, ct)).Catalogs, ct);
            }
        }

        var loaded = await LoadAsync(Batch, ct);
        await transaction.CommitAsync(ct);
        return _known = loaded;
    }

    private async Task<int> VersionAsync(Func<NpgsqlBatch> open, CancellationToken ct)
    {
        await using var batch = open();
        batch.BatchCommands.Add(SqlText.Command($"SELECT rows_version FROM {schema}.search_state"));
        return await batch.ExecuteScalarAsync(ct) as int? ?? 0;
    }

    private async Task<Known> LoadAsync(Func<NpgsqlBatch> open, CancellationToken ct)
    {
        await using var batch = open();
        batch.BatchCommands.Add(SqlText.Command(
            $"""
            SELECT s.generation, r.body FROM {schema}.search_state s
            LEFT JOIN {schema}.resource r ON r.type = 'SearchParameter' AND r.method <> 'DELETE'
            ORDER BY r.key
            """));
        var parameters = new List<CustomParameter>();
        var generation = 0L;
        await using (var reader = await batch.ExecuteReaderAsync(ct))
        {
            while (await reader.ReadAsync(ct))
            {
                generation = reader.GetInt64(0);
                if (!await reader.IsDBNullAsync(1, ct)
                    && Resource.Read(reader.GetFieldValue<byte[]>(1)).Succeeded(out var resource))
                {
                    parameters.Add(CustomParameter.Read(resource));
                }
            }
        }

        return new Known(generation, SearchCatalogs.With(parameters));
    }
}
