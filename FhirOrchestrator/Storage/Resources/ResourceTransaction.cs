using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Search;
using Npgsql;
using NpgsqlTypes;

namespace FhirOrchestrator.Storage.Resources;

/// <summary>A write with its search rows, taken out before the database is asked for anything.</summary>
internal sealed record PreparedWrite(ResourceWrite Write, string Type, string? Id, IReadOnlyCollection<SearchRow> Rows);

/// <summary>Writes with their search rows by the search parameters of one generation.</summary>
internal sealed record PreparedWrites(ImmutableArray<PreparedWrite> Writes, StoreCatalogs.Known Catalogs);

/// <summary>
/// One transaction over the store. Locks are taken in this order, each kind sorted: conditions (advisory), the catalogs
/// (advisory; shared, but of writes of SearchParameters alone), then resources (rows by type and id); so two
/// transactions cannot wait for each other.
/// </summary>
internal sealed class ResourceTransaction
{
    // Apart from other users of advisory locks in this database.
    private const long LockSpace = 0x5245_534f_5552_4345;

    private readonly NpgsqlTransaction _transaction;
    private readonly string _schema;
    private readonly StoreCatalogs _catalogs;

    public ResourceTransaction(NpgsqlTransaction transaction, string schema, StoreCatalogs catalogs)
    {
        (_transaction, _schema, _catalogs) = (transaction, schema, catalogs);
        Reads = new ResourceReads(transaction, schema);
    }

    /// <summary>Reads that see this transaction's writes.</summary>
    public ResourceReads Reads { get; }

    /// <summary>True once something was written.</summary>
    public bool HasWritten { get; private set; }

    /// <summary>Takes the search rows out of what is to be written; needs no database.</summary>
    /// <exception cref="ArgumentException">Two writes concern the same resource, or there are too many.</exception>
    public static PreparedWrites Prepare(IReadOnlyList<ResourceWrite> writes, StoreCatalogs.Known catalogs)
    {
        if (writes.Count > ResourceStore.WritesMax)
        {
            throw new ArgumentException($"expected at most {ResourceStore.WritesMax} writes, got {writes.Count}",
                nameof(writes));
        }

        var named = new HashSet<(string, string)>();
        var prepared = ImmutableArray.CreateBuilder<PreparedWrite>(writes.Count);
        foreach (var write in writes)
        {
            var one = Prepare(write, catalogs.Catalogs);
            if (one.Id is { } id && !named.Add((one.Type, id)))
            {
                throw new ArgumentException($"expected each resource once in a transaction, got {one.Type} twice",
                    nameof(writes));
            }

            prepared.Add(one);
        }

        return new PreparedWrites(prepared.DrainToImmutable(), catalogs);
    }

    /// <summary>
    /// Holds the conditions until the transaction ends: no other one that creates by an equal condition runs meanwhile.
    /// Call it once, before anything is searched.
    /// </summary>
    public async Task LockAsync(IEnumerable<SearchQuery> conditions, CancellationToken ct)
    {
        var keys = conditions.Select(LockKey).Distinct().Order().ToArray();
        if (keys.Length == 0)
        {
            return;
        }

        // The rows of unnest come in their order, which is sorted.
        await using var batch = Batch();
        batch.BatchCommands.Add(SqlText.Command(
            "SELECT pg_advisory_xact_lock(k) FROM unnest($1) WITH ORDINALITY AS u (k, n) ORDER BY n",
            (keys, NpgsqlDbType.Array | NpgsqlDbType.Bigint)));
        await batch.ExecuteNonQueryAsync(ct);
    }

    /// <summary>
    /// Holds resources until the transaction ends: what is read of them from now on stays so. Those that do not exist
    /// are passed over.
    /// </summary>
    public async Task HoldAsync(IReadOnlyCollection<(string Type, string Id)> resources, CancellationToken ct)
    {
        await using var batch = Batch();
        batch.BatchCommands.Add(SqlText.Command(
            $"""
            SELECT key FROM {_schema}.resource WHERE (type, id) IN (SELECT t, i FROM unnest($1, $2) AS u (t, i))
            ORDER BY type, id FOR UPDATE
            """,
            (resources.Select(each => each.Type).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text),
            (resources.Select(each => each.Id).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text)));
        await batch.ExecuteNonQueryAsync(ct);
    }

    /// <summary>At most two of the resources that match: none, the one, or more than one.</summary>
    public async Task<ImmutableArray<StoredResource>> MatchAsync(SearchQuery condition, CancellationToken ct)
    {
        var page = await Reads.SearchAsync(
            condition with
            {
                Count = 2,
                IsCountOnly = false,
                WantsTotal = false,
                Sort = [],
                Includes = [],
            }, after: null, ct);
        return page.Entries;
    }

    /// <summary>Writes all, or nothing where one write is refused.</summary>
    public async Task<WriteOutcome[]> WriteAsync(IReadOnlyList<ResourceWrite> writes, CancellationToken ct) =>
        await WriteAsync(Prepare(writes, await _catalogs.KnownAsync(ct)), ct);

    /// <summary>Writes all, or nothing where one write is refused.</summary>
    public async Task<WriteOutcome[]> WriteAsync(PreparedWrites prepared, CancellationToken ct)
    {
        var outcomes = new WriteOutcome?[prepared.Writes.Length];
        await ResolveConditionsAsync(prepared.Writes, outcomes, ct);
        var isChange = prepared.Writes.Any(each => each.Type == "SearchParameter");
        var held = await _catalogs.HoldAsync(_transaction, isChange, ct);
        var writes = held.Generation == prepared.Catalogs.Generation
            ? prepared.Writes
            : Prepare([.. prepared.Writes.Select(each => each.Write)], held).Writes;
        var (now, current, keys) = await LockCurrentAsync(writes, ct);
        var rows = new ResourceRows();
        for (var at = 0; at < writes.Length; at++)
        {
            outcomes[at] ??= Decide(writes[at], now, current, keys[at], rows);
        }

        if (outcomes.Any(outcome => outcome is { IsRefused: true }))
        {
            return [.. outcomes.Select(outcome => outcome is { IsRefused: true } ? outcome
                : new WriteOutcome.Withheld())];
        }

        if (!rows.IsEmpty)
        {
            await using var batch = Batch();
            rows.AddCommands(batch, _schema);
            await batch.ExecuteNonQueryAsync(ct);
            HasWritten = true;
            if (isChange)
            {
                await _catalogs.ChangeAsync(_transaction, held, ct);
            }
        }

        return [.. outcomes.Select(outcome => outcome ?? throw new UnreachableException())];
    }

    private static PreparedWrite Prepare(ResourceWrite write, SearchCatalogs catalogs) => write switch
    {
        ResourceWrite.Create create => new(
            write, create.Resource.Type, create.Resource.Id, SearchIndexer.Extract(create.Resource, catalogs)),
        ResourceWrite.Update update => new(
            write,
            update.Resource.Type,
            update.Resource.Id
                ?? throw new ArgumentException("expected an id in the resource of an update, got none", nameof(write)),
            SearchIndexer.Extract(update.Resource, catalogs)),
        ResourceWrite.Delete delete => new(write, delete.Type, delete.Id, []),
        _ => throw new UnreachableException(),
    };

    private async Task ResolveConditionsAsync(
        ImmutableArray<PreparedWrite> writes, WriteOutcome?[] outcomes, CancellationToken ct)
    {
        var conditions = writes.Select(each => (each.Write as ResourceWrite.Create)?.IfNoneExist).ToList();
        await LockAsync(conditions.OfType<SearchQuery>(), ct);
        for (var at = 0; at < writes.Length; at++)
        {
            if (conditions[at] is { } condition)
            {
                var matches = await MatchAsync(condition, ct);
                outcomes[at] = matches.Length switch
                {
                    0 => null,
                    1 => new WriteOutcome.Existing(matches[0]),
                    _ => new WriteOutcome.MultipleMatches(
                        $"expected at most one {condition.Type} that matches the condition, got several"),
                };
            }
        }
    }

    private sealed record Current(long Key, long Version, long Updated, bool IsDeleted);

    private async Task<(long Now, Dictionary<(string, string), Current> Current, long[] Keys)> LockCurrentAsync(
        ImmutableArray<PreparedWrite> writes, CancellationToken ct)
    {
        var named = writes.Where(each => each.Id is not null).ToList();
        await using var batch = Batch();
        batch.BatchCommands.Add(SqlText.Command(
            $"""
            SELECT type, id, key, version, updated_us, method FROM {_schema}.resource
            WHERE (type, id) IN (SELECT t, i FROM unnest($1, $2) AS u (t, i))
            ORDER BY type, id FOR UPDATE
            """,
            (named.Select(each => each.Type).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text),
            (named.Select(each => each.Id).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text)));
        batch.BatchCommands.Add(SqlText.Command(
            $"SELECT nextval('{_schema}.resource_key') FROM generate_series(1, $1)",
                (writes.Length, NpgsqlDbType.Integer)));
        batch.BatchCommands.Add(SqlText.Command("SELECT orchestrator.now()"));

        await using var reader = await batch.ExecuteReaderAsync(ct);
        var current = new Dictionary<(string, string), Current>(named.Count);
        while (await reader.ReadAsync(ct))
        {
            current.Add(
                (reader.GetString(0), reader.GetString(1)),
                new Current(reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4),
                    reader.GetString(5) == "DELETE"));
        }

        var keys = new List<long>(writes.Length);
        await reader.NextResultAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            keys.Add(reader.GetInt64(0));
        }

        await reader.NextResultAsync(ct);
        await reader.ReadAsync(ct);
        var now = DateSpan.Of(reader.GetFieldValue<DateTimeOffset>(0));
        return (now - (now % 1000), current, [.. keys]);
    }

    private static WriteOutcome Decide(
        PreparedWrite write, long now, Dictionary<(string, string), Current> all, long key, ResourceRows rows)
    {
        var current = write.Id is { } id ? all.GetValueOrDefault((write.Type, id)) : null;
        switch (write.Write)
        {
            case ResourceWrite.Create when current is { IsDeleted: false }:
                return new WriteOutcome.PreconditionFailed($"expected no {write.Type} with the new id, got one");
            case ResourceWrite.Create create:
                return Put(write, create.Resource, "POST", current, now, key, rows);
            case ResourceWrite.Update { IfMatch: { } version } when current?.Version != version || current.IsDeleted:
            case ResourceWrite.Delete { IfMatch: { } wanted } when current?.Version != wanted || current.IsDeleted:
                return new WriteOutcome.PreconditionFailed(
                    "expected the version that If-Match names, got "
                    + (current is { IsDeleted: false } ? "another" : "none"));
            case ResourceWrite.Update update:
                return Put(write, update.Resource, "PUT", current, now, key, rows);
            case ResourceWrite.Delete when current is null or { IsDeleted: true }:
                return new WriteOutcome.NotFound();
            case ResourceWrite.Delete delete:
                var deleted = new StoredResource(
                    delete.Type, delete.Id, current.Version + 1, Stamp(current, now), IsDeleted: true, Body: default);
                rows.Add(write, deleted, current.Key, isNew: false, "deleted");
                return new WriteOutcome.Deleted(deleted);
            default:
                throw new UnreachableException();
        }
    }

    private static WriteOutcome Put(
        PreparedWrite write, Resource resource, string method, Current? current, long now, long key, ResourceRows rows)
    {
        var id = write.Id ?? Guid.NewGuid().ToString();
        var version = (current?.Version ?? 0) + 1;
        var at = Stamp(current, now);
        var stamped = resource.WithId(id)
            .WithVersion(version.ToString(System.Globalization.CultureInfo.InvariantCulture), at);
        var stored = new StoredResource(write.Type, id, version, at, IsDeleted: false, stamped.ToUtf8())
        {
            Method = method,
        };
        var isCreation = current is null or { IsDeleted: true };
        rows.Add(write, stored, current?.Key ?? key, current is null, isCreation ? "created" : "updated");
        return isCreation ? new WriteOutcome.Created(stored) : new WriteOutcome.Updated(stored);
    }

    private static DateTimeOffset Stamp(Current? current, long now) =>
        DateSpan.At(Math.Max(now, current?.Updated ?? 0));

    private long LockKey(SearchQuery condition)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{_schema} {condition.ToCanonicalText()}"));
        return BitConverter.ToInt64(hash) ^ LockSpace;
    }

    private NpgsqlBatch Batch() => new(_transaction.Connection, _transaction);
}
