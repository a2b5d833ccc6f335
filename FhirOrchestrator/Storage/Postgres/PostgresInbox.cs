using FhirOrchestrator.Facts;
using Npgsql;

namespace FhirOrchestrator.Storage.Postgres;

/// <summary>
/// The inbox in PostgreSQL: an append is one insert; a small queue beside the bytes says what is still to be read.
/// </summary>
internal sealed class PostgresInbox(NpgsqlDataSource source, WakeBoard wake) : IInbox
{
    // Any number that nobody else locks in this database.
    private const long Claims = 0x464f_494e_424f_5843;

    // All or nothing: where the claim is no longer ours, there is no row of "done" to join with.
    private const string Learned =
        """

        known AS (
            INSERT INTO orchestrator.inbox_seen (ehr, type, id, version, origin)
            SELECT s.* FROM done, unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[]) AS s
            ON CONFLICT DO NOTHING)
        INSERT INTO orchestrator.verdict (inbox, ehr, type, id, version, plan, kind, reason, words, chain)
        SELECT done.id, done.ehr, v.* FROM done, unnest(
            $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::uuid[]) AS v
        """;

    public async Task<InboxId> AppendAsync(Delivery delivery, CancellationToken ct)
    {
        await using var batch = Statement.Batch(
            source,
            // Seldom enough that the row never holds up the next delivery.
            Statement.Of(
                """
                UPDATE orchestrator.registration SET last_notification = orchestrator.now()
                WHERE ehr = $1 AND package = $2 AND name = $3 AND $4::text = 'notification'
                    AND (last_notification IS NULL OR last_notification < orchestrator.now() - interval '5 seconds')
                """,
                delivery.Ehr,
                delivery.Package,
                delivery.Subscription,
                delivery.Origin),
            Statement.Of(
                """
                WITH entry AS (
                    INSERT INTO orchestrator.inbox (
                        ehr, package, subscription, origin, method, target, version, content_type, body)
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
                    RETURNING id, received_at, ehr, version, origin)
                INSERT INTO orchestrator.inbox_queue (id, received_at, ehr, lane, version, origin, due_at)
                SELECT id, received_at, ehr, $10, version, origin, received_at FROM entry
                RETURNING id
                """,
                delivery.Ehr,
                delivery.Package,
                delivery.Subscription,
                delivery.Origin,
                delivery.Method,
                delivery.Target,
                delivery.Version,
                delivery.ContentType,
                delivery.Body,
                InboxLane.Of(delivery)));
        var id = (await batch.RowsAsync(r => r.GetInt64(0), ct))[0];
        wake.Raise(WakeKinds.Inbox);
        return new InboxId(id);
    }

    public async Task<int> AppendFoundAsync(
        Registration registration, ImmutableArray<FoundVersion> found, DateTimeOffset watermark, CancellationToken ct)
    {
        InboxLane.RequireOne(registration.Ehr, found);

        // An entry of the lane that waits without naming its version will read at least what the sweep has seen: it
        // covers
        // it. One that is being read may have read something older: it does not.
        await using var batch = Statement.Batch(
            source,
            Statement.Of(
                """
                UPDATE orchestrator.registration SET watermark = greatest(watermark, $4)
                WHERE ehr = $1 AND package = $2 AND name = $3
                """,
                registration.Ehr,
                registration.Package,
                registration.Name,
                watermark),
            Statement.Of(
                """
                WITH found AS (
                    SELECT DISTINCT type, id, version, $1 || '/' || type || '/' || id AS lane
                    FROM unnest($4::text[], $5::text[], $6::text[]) AS f (type, id, version)),
                fresh AS (
                    SELECT nextval('orchestrator.inbox_id') AS number, f.* FROM found f
                    WHERE NOT EXISTS (
                            SELECT FROM orchestrator.inbox_seen s
                            WHERE s.ehr = $1 AND s.type = f.type AND s.id = f.id AND s.version = f.version)
                        AND NOT EXISTS (
                            SELECT FROM orchestrator.inbox_queue q
                            WHERE q.lane = f.lane AND (
                                q.version = f.version
                                OR (q.version IS NULL
                                    AND (q.leased_until IS NULL OR q.leased_until <= orchestrator.now()))))),
                entry AS (
                    INSERT INTO orchestrator.inbox (
                        id, ehr, package, subscription, origin, method, target, version, body)
                    SELECT number, $1, $2, $3, 'sweep', 'GET', type || '/' || id, version, '' FROM fresh
                    RETURNING id, received_at, version)
                INSERT INTO orchestrator.inbox_queue (id, received_at, ehr, lane, version, origin, due_at)
                SELECT entry.id, entry.received_at, $1, fresh.lane, entry.version, 'sweep', entry.received_at
                FROM entry JOIN fresh ON fresh.number = entry.id
                RETURNING id
                """,
                registration.Ehr,
                registration.Package,
                registration.Name,
                found.Select(f => f.Key.Type).ToArray(),
                found.Select(f => f.Key.Id).ToArray(),
                found.Select(f => f.Version).ToArray()));
        var count = (await batch.RowsAsync(_ => true, ct)).Length;
        if (count > 0)
        {
            wake.Raise(WakeKinds.Inbox);
        }

        return count;
    }

    public async Task<ImmutableArray<InboxLease>> ClaimAsync(int countMax, TimeSpan lease, CancellationToken ct)
    {
        // One claim at a time: two that overlap could each find another entry of one lane to be its oldest. A sweep's
        // find
        // waits behind older deliveries that may announce the same version in their bodies, but not for long.
        await using var batch = Statement.Batch(
            source,
            Statement.Of("SELECT pg_advisory_xact_lock($1)", Claims),
            Statement.Of(
                """
                WITH due AS (
                    SELECT q.id FROM orchestrator.inbox_queue q
                    WHERE q.due_at <= orchestrator.now()
                        AND (q.leased_until IS NULL OR q.leased_until <= orchestrator.now())
                        AND (q.lane IS NULL OR NOT EXISTS (
                            SELECT FROM orchestrator.inbox_queue o
                            WHERE o.lane = q.lane
                                AND (o.id < q.id OR (o.id > q.id AND o.leased_until > orchestrator.now()))))
                        AND NOT (q.origin = 'sweep' AND EXISTS (
                            SELECT FROM orchestrator.inbox_queue b
                            WHERE b.ehr = q.ehr AND b.lane IS NULL AND b.id < q.id
                                AND b.received_at > orchestrator.now() - $3))
                    ORDER BY q.id LIMIT $1 FOR UPDATE OF q SKIP LOCKED)
                UPDATE orchestrator.inbox_queue q
                SET leased_until = orchestrator.now() + $2, epoch = q.epoch + 1, attempts = q.attempts + 1
                FROM due, orchestrator.inbox i
                WHERE q.id = due.id AND i.id = q.id AND i.received_at = q.received_at
                RETURNING i.id, i.ehr, i.package, i.subscription, i.origin, i.method, i.target, i.version,
                    i.content_type, i.body, i.received_at, q.attempts, q.epoch
                """,
                countMax,
                lease,
                InboxLane.BlindWaitMax));
        var claimed = await batch.RowsAsync(ReadLease, ct, skip: 1);
        return [.. claimed.OrderBy(l => l.Id.Value)];
    }

    public async Task<bool> IsSeenAsync(ResourceKey key, string version, CancellationToken ct)
    {
        await using var batch = Statement.Batch(source, Statement.Of(
            "SELECT FROM orchestrator.inbox_seen WHERE ehr = $1 AND type = $2 AND id = $3 AND version = $4",
            key.Ehr,
            key.Type,
            key.Id,
            version));
        return !(await batch.RowsAsync(_ => true, ct)).IsEmpty;
    }

    public Task NoteAsync(
        InboxLease lease,
        ImmutableArray<SeenVersion> seen,
        ImmutableArray<NotedVerdict> verdicts,
        CancellationToken ct) =>
        WriteAsync(
            Statement.Of(
                """
                WITH done AS (
                    UPDATE orchestrator.inbox_queue SET reason = NULL WHERE id = $1 AND epoch = $2 RETURNING id, ehr),
                """ + Learned,
                Values(lease, seen, verdicts)),
            ct);

    public async Task FinishAsync(
        InboxLease lease, ImmutableArray<SeenVersion> seen, ImmutableArray<NotedVerdict> verdicts, CancellationToken ct)
    {
        await WriteAsync(
            Statement.Of(
                """
                WITH done AS (
                    DELETE FROM orchestrator.inbox_queue WHERE id = $1 AND epoch = $2 RETURNING id, ehr),
                """ + Learned,
                Values(lease, seen, verdicts)),
            ct);
        wake.Raise(WakeKinds.Inbox);
    }

    private async Task WriteAsync(NpgsqlBatchCommand statement, CancellationToken ct)
    {
        await using var batch = Statement.Batch(source, statement);
        await batch.ExecuteNonQueryAsync(ct);
    }

    private static object?[] Values(
        InboxLease lease, ImmutableArray<SeenVersion> seen, ImmutableArray<NotedVerdict> verdicts) =>
    [
        lease.Id.Value,
        lease.Epoch,
        seen.Select(s => s.Key.Ehr.Value).ToArray(),
        seen.Select(s => s.Key.Type).ToArray(),
        seen.Select(s => s.Key.Id).ToArray(),
        seen.Select(s => s.Version).ToArray(),
        seen.Select(s => EnumText.Of(s.Origin)).ToArray(),
        verdicts.Select(v => v.Key?.Type).ToArray(),
        verdicts.Select(v => v.Key?.Id).ToArray(),
        verdicts.Select(v => v.Version).ToArray(),
        verdicts.Select(v => v.Verdict.Plan).ToArray(),
        verdicts.Select(v => EnumText.Of(v.Verdict.Kind)).ToArray(),
        verdicts.Select(v => v.Verdict.Reason).ToArray(),
        verdicts.Select(v => v.Verdict.Words).ToArray(),
        verdicts.Select(v => v.Verdict.Chain?.Value).ToArray(),
    ];

    public async Task QuarantineAsync(InboxLease lease, string reason, string words, CancellationToken ct)
    {
        var (type, id) = InboxLane.Split(lease.Delivery.Target);
        await using var batch = Statement.Batch(source, Statement.Of(
            """
            WITH done AS (
                DELETE FROM orchestrator.inbox_queue WHERE id = $1 AND epoch = $2
                RETURNING id, received_at, ehr, version),
            noted AS (
                INSERT INTO orchestrator.verdict (inbox, ehr, type, id, version, kind, reason, words)
                SELECT id, ehr, $5::text, $6::text, version, 'quarantined', $3::text, $4::text FROM done)
            INSERT INTO orchestrator.quarantine (inbox, received_at, ehr, reason, words)
            SELECT id, received_at, ehr, $3::text, $4::text FROM done
            ON CONFLICT (inbox) DO UPDATE SET
                reason = excluded.reason, words = excluded.words, at = orchestrator.now(), resolved_at = NULL
            """,
            lease.Id.Value,
            lease.Epoch,
            reason,
            words,
            type,
            id));
        await batch.ExecuteNonQueryAsync(ct);
        wake.Raise(WakeKinds.Inbox);
    }

    public async Task RetryAsync(InboxLease lease, TimeSpan delay, string reason, CancellationToken ct)
    {
        await using var batch = Statement.Batch(source, Statement.Of(
            """
            UPDATE orchestrator.inbox_queue SET due_at = orchestrator.now() + $3, leased_until = NULL, reason = $4
            WHERE id = $1 AND epoch = $2
            """,
            lease.Id.Value,
            lease.Epoch,
            delay,
            reason));
        await batch.ExecuteNonQueryAsync(ct);
    }

    private static InboxLease ReadLease(NpgsqlDataReader reader) => new(
        new InboxId(reader.GetInt64(0)),
        new Delivery
        {
            Ehr = reader.Ehr(1),
            Package = reader.GetString(2),
            Subscription = reader.GetString(3),
            Origin = reader.Named<Origin>(4),
            Method = reader.GetString(5),
            Target = reader.TextOrNull(6),
            Version = reader.TextOrNull(7),
            ContentType = reader.TextOrNull(8),
            Body = reader.Bytes(9),
        },
        reader.Instant(10),
        reader.GetInt32(11),
        reader.GetInt64(12));
}
