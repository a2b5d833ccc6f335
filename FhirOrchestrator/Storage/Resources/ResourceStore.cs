using System.Globalization;
using FhirOrchestrator.Fhir.Search;
using Npgsql;
using NpgsqlTypes;

namespace FhirOrchestrator.Storage.Resources;

/// <summary>
/// A store of FHIR resources in PostgreSQL: every version kept, searchable, written in transactions. One instance a
/// schema: <c>partner</c> or <c>sandbox</c>.
/// </summary>
/// <remarks>
/// <c>meta.lastUpdated</c> is the store's clock within the transaction, cut to milliseconds, and never before that of
/// the resource's earlier versions. Another transaction may commit a smaller stamp later: whoever sweeps by
/// <c>_lastUpdated</c> has to overlap by the longest transaction (seconds). The feed of changes has no such gap.
/// </remarks>
internal sealed class ResourceStore
{
    /// <summary>The most writes in one transaction.</summary>
    public const int WritesMax = 10_000;

    private const int AttemptsMax = 4;
    private static readonly string[] Schemas = ["partner", "sandbox"];
    private readonly NpgsqlDataSource _source;
    private readonly string _schema;
    private readonly StoreCatalogs _catalogs;

    /// <summary>A store over one schema.</summary>
    /// <param name="source">The database; migrated.</param>
    /// <param name="schema"><c>partner</c> or <c>sandbox</c>.</param>
    public ResourceStore(NpgsqlDataSource source, string schema)
    {
        if (!Schemas.Contains(schema, StringComparer.Ordinal))
        {
            throw new ArgumentException($"expected the schema {string.Join(" or ", Schemas)}, got '{schema}'",
                nameof(schema));
        }

        (_source, _schema) = (source, schema);
        _catalogs = new StoreCatalogs(source, schema);
        Reads = new ResourceReads(source, schema);
    }

    /// <summary>
    /// Raised in this process after a transaction that wrote something: a hint to read the feed at once. Other replicas
    /// see nothing of it; polling is the truth.
    /// </summary>
    public event EventHandler? Committed;

    /// <summary>Reads outside any transaction.</summary>
    public ResourceReads Reads { get; }

    /// <summary>The search parameters of this store as they are now: R4's, and those of its SearchParameters.</summary>
    public Task<SearchCatalogs> CatalogsAsync(CancellationToken ct) => _catalogs.CurrentAsync(ct);

    /// <inheritdoc cref="ResourceReads.ReadAsync"/>
    public Task<StoredResource?> ReadAsync(string type, string id, CancellationToken ct) =>
        Reads.ReadAsync(type, id, ct);

    /// <inheritdoc cref="ResourceReads.ReadVersionAsync"/>
    public Task<StoredResource?> ReadVersionAsync(string type, string id, long version, CancellationToken ct) =>
        Reads.ReadVersionAsync(type, id, version, ct);

    /// <inheritdoc cref="ResourceReads.HistoryAsync(string, string, int, CancellationToken)"/>
    public Task<IReadOnlyList<StoredResource>> HistoryAsync(string type, string id, int countMax,
        CancellationToken ct) =>
        Reads.HistoryAsync(type, id, countMax, ct);

    /// <inheritdoc cref="ResourceReads.SearchAsync"/>
    public async Task<SearchPage> SearchAsync(SearchQuery query, PageCursor? after, CancellationToken ct)
    {
        await _catalogs.KnownAsync(ct);
        return await Reads.SearchAsync(query, after, ct);
    }

    /// <summary>
    /// Writes all or, where one write is refused, nothing; the outcomes stand in the order of the writes. No two writes
    /// may concern the same resource.
    /// </summary>
    public async Task<WriteOutcome[]> WriteAsync(IReadOnlyList<ResourceWrite> writes, CancellationToken ct)
    {
        var prepared = ResourceTransaction.Prepare(writes, await _catalogs.KnownAsync(ct));
        return await RunAsync(
            async (transaction, token) =>
            {
                var outcomes = await transaction.WriteAsync(prepared, token);
                return (outcomes, !outcomes.Any(outcome => outcome.IsRefused));
            },
            ct);
    }

    /// <summary>
    /// Runs work in one transaction and commits it where the work says so. Work that collides with another transaction
    /// runs again from its beginning, so it must have no other effects.
    /// </summary>
    /// <exception cref="PostgresException">The fourth try collided too, or the database refused for another
    /// reason.</exception>
    public async Task<T> RunAsync<T>(
        Func<ResourceTransaction, CancellationToken, Task<(T Result, bool Commit)>> work, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await TryAsync(work, ct);
            }
            catch (PostgresException collision) when (attempt < AttemptsMax && IsCollision(collision.SqlState))
            {
                // Two transactions made the same resource, or locked in a circle: one of them begins again.
            }
        }
    }

    /// <summary>
    /// Changes behind a position, in the order in which they became visible. A change committed later never stands
    /// before one that was given: the feed stops below the oldest transaction still running.
    /// </summary>
    /// <param name="after">The last position dealt with; 0 for all.</param>
    public async Task<IReadOnlyList<ResourceChange>> ReadChangesAsync(long after, int countMax, CancellationToken ct)
    {
        await using var batch = _source.CreateBatch();
        batch.BatchCommands.Add(SqlText.Command(
            $"""
            SELECT position, type, id, version, kind FROM {_schema}.resource_change
            WHERE position > $1 AND position < pg_snapshot_xmin(pg_current_snapshot())::text::bigint << 20
            ORDER BY position LIMIT $2
            """,
            (after, NpgsqlDbType.Bigint),
            (countMax, NpgsqlDbType.Integer)));
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var changes = new List<ResourceChange>();
        while (await reader.ReadAsync(ct))
        {
            changes.Add(new ResourceChange(
                reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.GetInt64(3),
                Kind(reader.GetString(4))));
        }

        return changes;
    }

    /// <summary>
    /// The newest position that could be read now; 0 where there is none. A reader that wants only news begins here.
    /// </summary>
    public async Task<long> LastPositionAsync(CancellationToken ct)
    {
        await using var batch = _source.CreateBatch();
        batch.BatchCommands.Add(SqlText.Command(
            $"""
            SELECT COALESCE(max(position), 0) FROM {_schema}.resource_change
            WHERE position < pg_snapshot_xmin(pg_current_snapshot())::text::bigint << 20
            """));
        return Convert.ToInt64(await batch.ExecuteScalarAsync(ct), CultureInfo.InvariantCulture);
    }

    private static ResourceChangeKind Kind(string text) => text switch
    {
        "created" => ResourceChangeKind.Created,
        "updated" => ResourceChangeKind.Updated,
        _ => ResourceChangeKind.Deleted,
    };

    private static bool IsCollision(string state) => state
        is PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.DeadlockDetected
        or PostgresErrorCodes.SerializationFailure;

    private async Task<T> TryAsync<T>(
        Func<ResourceTransaction, CancellationToken, Task<(T Result, bool Commit)>> work, CancellationToken ct)
    {
        await using var connection = await _source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var writing = new ResourceTransaction(transaction, _schema, _catalogs);
        var (result, commit) = await work(writing, ct);
        if (commit)
        {
            await transaction.CommitAsync(ct);
            if (writing.HasWritten)
            {
                Committed?.Invoke(this, EventArgs.Empty);
            }
        }

        return result;
    }
}
