using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace FhirOrchestrator.Sandbox.Publisher;

/// <summary>
/// The publisher's ledger in PostgreSQL, schema <c>sandbox</c>. Lock order everywhere: the one row of
/// <c>publisher</c>, then subscribers, deliveries, dropped.
/// </summary>
internal sealed class SqlLedger(NpgsqlDataSource database) : IPublisherLedger
{
    private const int DroppedShownMax = 10_000;

    private HeaderSeal? _seal;

    public async Task<LedgerStart> LoadAsync(CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("SELECT position, misbehaviour FROM sandbox.publisher"),
                new("SELECT id, events FROM sandbox.publisher_subscriber ORDER BY id"),
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        var position = reader.GetInt64(0);
        var misbehaviour = Parse(reader.GetString(1));
        await reader.NextResultAsync(ct);
        var subscribers = ImmutableArray.CreateBuilder<Subscriber>();
        while (await reader.ReadAsync(ct))
        {
            subscribers.Add(new Subscriber(reader.GetString(0), reader.GetInt64(1)));
        }

        return new LedgerStart(position, subscribers.DrainToImmutable(), misbehaviour);
    }

    public async Task<bool> CommitAsync(RoutedPage page, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using var fence = new NpgsqlCommand(
            """
            UPDATE sandbox.publisher SET position = $2, duplicated = duplicated + $3, reordered = reordered + $4
            WHERE position = $1
            """,
            connection)
        {
            Parameters =
            {
                new() { Value = page.Before }, new() { Value = page.After },
                new() { Value = (long)page.Duplicated }, new() { Value = (long)page.Reordered },
            },
        };
        if (await fence.ExecuteNonQueryAsync(ct) != 1)
        {
            return false;
        }

        await using var batch = new NpgsqlBatch(connection);
        AddSubscribers(batch, page);
        AddDeliveries(batch, page.Deliveries);
        AddDropped(batch, page.Dropped);
        if (batch.BatchCommands.Count > 0)
        {
            await batch.ExecuteNonQueryAsync(ct);
        }

        await transaction.CommitAsync(ct);
        return true;
    }

    public async Task<ImmutableArray<Delivery>> ReadQueueAsync(string subscription, int countMax, CancellationToken ct)
    {
        // Held ones must not hide the ready ones behind them: ready first, then the one that is ready next.
        await using var command = database.CreateCommand(
            """
            (SELECT sequence, event_number, type, id, version, deleted, changed_at, held_until
             FROM sandbox.publisher_delivery
             WHERE subscription = $1 AND held_until IS NULL ORDER BY sequence LIMIT $2)
            UNION ALL
            (SELECT sequence, event_number, type, id, version, deleted, changed_at, held_until
             FROM sandbox.publisher_delivery
             WHERE subscription = $1 AND held_until IS NOT NULL ORDER BY held_until, sequence LIMIT $2)
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = subscription });
        command.Parameters.Add(new NpgsqlParameter { Value = countMax });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var queue = ImmutableArray.CreateBuilder<Delivery>();
        while (await reader.ReadAsync(ct))
        {
            var change = new ChangeKey(
                reader.GetString(2),
                reader.GetString(3),
                reader.GetString(4),
                reader.GetBoolean(5),
                await reader.GetFieldValueAsync<DateTimeOffset>(6, ct));
            DateTimeOffset? heldUntil = await reader.IsDBNullAsync(7, ct)
                ? null
                : await reader.GetFieldValueAsync<DateTimeOffset>(7, ct);
            queue.Add(new Delivery(reader.GetInt64(0), subscription, reader.GetInt64(1), change, heldUntil));
        }

        return queue.DrainToImmutable();
    }

    public async Task DeliveredAsync(long sequence, CancellationToken ct)
    {
        await using var command = database.CreateCommand("DELETE FROM sandbox.publisher_delivery WHERE sequence = $1");
        command.Parameters.Add(new NpgsqlParameter { Value = sequence });
        await command.ExecuteNonQueryAsync(ct);
    }

    public async Task<long?> CountEventsAsync(string subscription, CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            "SELECT events FROM sandbox.publisher_subscriber WHERE id = $1");
        command.Parameters.Add(new NpgsqlParameter { Value = subscription });
        return await command.ExecuteScalarAsync(ct) as long?;
    }

    public async Task<MischiefReport> ReportAsync(CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("""
                    SELECT misbehaviour, duplicated, reordered, (SELECT count(*) FROM sandbox.publisher_delivery)
                    FROM sandbox.publisher
                    """),
                new("SELECT change FROM sandbox.publisher_dropped ORDER BY sequence LIMIT $1")
                {
                    Parameters = { new() { Value = DroppedShownMax } },
                },
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        var misbehaviour = Parse(reader.GetString(0));
        var (duplicated, reordered, waiting) = (reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3));
        await reader.NextResultAsync(ct);
        var dropped = ImmutableArray.CreateBuilder<string>();
        while (await reader.ReadAsync(ct))
        {
            dropped.Add(reader.GetString(0));
        }

        return new MischiefReport(misbehaviour, duplicated, reordered, waiting, dropped.DrainToImmutable());
    }

    public async Task<HeaderSeal> ReadSealAsync(CancellationToken ct)
    {
        if (_seal is null)
        {
            await using var command = database.CreateCommand("SELECT header_key FROM sandbox.publisher");
            _seal = new HeaderSeal(await command.ExecuteScalarAsync(ct) as byte[]
                ?? throw new InvalidOperationException("expected the row of sandbox.publisher, got none"));
        }

        return _seal;
    }

    public async Task<Misbehaviour> ReadMisbehaviourAsync(CancellationToken ct)
    {
        await using var command = database.CreateCommand("SELECT misbehaviour FROM sandbox.publisher");
        return Parse(await command.ExecuteScalarAsync(ct) as string ?? "{}");
    }

    public async Task SetMisbehaviourAsync(Misbehaviour misbehaviour, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("UPDATE sandbox.publisher SET misbehaviour = $1, duplicated = 0, reordered = 0")
                {
                    Parameters = { new() { Value = JsonSerializer.Serialize(misbehaviour) } },
                },
                new("DELETE FROM sandbox.publisher_dropped"),
            },
        };
        await batch.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);
    }

    private static Misbehaviour Parse(string text) =>
        JsonSerializer.Deserialize<Misbehaviour>(text) ?? Misbehaviour.None;

    private static void AddSubscribers(NpgsqlBatch batch, RoutedPage page)
    {
        if (!page.Ended.IsEmpty)
        {
            batch.BatchCommands.Add(new("DELETE FROM sandbox.publisher_subscriber WHERE id = ANY ($1)")
            {
                Parameters = { new() { Value = page.Ended.ToArray() } },
            });
        }

        if (!page.Subscribers.IsEmpty)
        {
            batch.BatchCommands.Add(new(
                """
                INSERT INTO sandbox.publisher_subscriber (id, events) SELECT * FROM unnest($1, $2)
                ON CONFLICT (id) DO UPDATE SET events = excluded.events
                """)
            {
                Parameters =
                {
                    new() { Value = page.Subscribers.Select(each => each.Id).ToArray() },
                    new() { Value = page.Subscribers.Select(each => each.Events).ToArray() },
                },
            });
        }

        if (!page.Cleared.IsEmpty)
        {
            batch.BatchCommands.Add(new("DELETE FROM sandbox.publisher_delivery WHERE subscription = ANY ($1)")
            {
                Parameters = { new() { Value = page.Cleared.ToArray() } },
            });
        }
    }

    private static void AddDeliveries(NpgsqlBatch batch, ImmutableArray<Delivery> deliveries)
    {
        if (deliveries.IsEmpty)
        {
            return;
        }

        batch.BatchCommands.Add(new(
            """
            INSERT INTO sandbox.publisher_delivery
                (subscription, event_number, type, id, version, deleted, changed_at, held_until)
            SELECT subscription, event_number, type, id, version, deleted, changed_at, held_until
            FROM unnest($1, $2, $3, $4, $5, $6, $7, $8) WITH ORDINALITY
                AS due (subscription, event_number, type, id, version, deleted, changed_at, held_until, place)
            ORDER BY place
            """)
        {
            Parameters =
            {
                new() { Value = deliveries.Select(each => each.Subscription).ToArray() },
                new() { Value = deliveries.Select(each => each.EventNumber).ToArray() },
                new() { Value = deliveries.Select(each => each.Change.Type).ToArray() },
                new() { Value = deliveries.Select(each => each.Change.Id).ToArray() },
                new() { Value = deliveries.Select(each => each.Change.Version).ToArray() },
                new() { Value = deliveries.Select(each => each.Change.IsDeleted).ToArray() },
                new()
                {
                    Value = deliveries.Select(each => each.Change.At.UtcDateTime).ToArray(),
                    NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz,
                },
                new()
                {
                    Value = deliveries.Select(each => each.HeldUntil?.UtcDateTime).ToArray(),
                    NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz,
                },
            },
        });
    }

    private static void AddDropped(NpgsqlBatch batch, ImmutableArray<Delivery> dropped)
    {
        if (dropped.IsEmpty)
        {
            return;
        }

        batch.BatchCommands.Add(new(
            """
            INSERT INTO sandbox.publisher_dropped (subscription, event_number, change) SELECT * FROM unnest($1, $2, $3)
            """)
        {
            Parameters =
            {
                new() { Value = dropped.Select(each => each.Subscription).ToArray() },
                new() { Value = dropped.Select(each => each.EventNumber).ToArray() },
                new() { Value = dropped.Select(each => each.Change.VersionedPath).ToArray() },
            },
        });
    }
}
