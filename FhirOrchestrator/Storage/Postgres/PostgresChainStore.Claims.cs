using FhirOrchestrator.Chains;

namespace FhirOrchestrator.Storage.Postgres;

// Claims: rows that are due are locked without waiting for anybody, leased by the store's clock, and fenced by an
// epoch.
internal sealed partial class PostgresChainStore
{
    // Any number that nobody else locks in this database.
    private const long LetterClaims = 0x464f_4c45_5454_4552;

    public async Task<ImmutableArray<JobLease>> ClaimJobsAsync(int countMax, TimeSpan lease, CancellationToken ct)
    {
        await using var batch = Statement.Batch(source, Statement.Of(
            """
            WITH due AS (
                SELECT id FROM orchestrator.job WHERE due_at <= orchestrator.now()
                ORDER BY priority, due_at, id LIMIT $1 FOR UPDATE SKIP LOCKED)
            UPDATE orchestrator.job j SET leased_until = orchestrator.now() + $2, epoch = j.epoch + 1
            FROM due WHERE j.id = due.id
            RETURNING j.id, j.chain, j.step, j.round, j.attempt, j.epoch, j.ehr, j.priority, j.run_at
            """,
            countMax,
            lease));
        var claimed = await batch.RowsAsync(
            r => (
                Lease: new JobLease(
                    r.GetInt64(0),
                    r.Chain(1),
                    new Attempt(r.Step(2), r.GetInt32(3), r.GetInt32(4)),
                    r.GetInt64(5),
                    r.Ehr(6)),
                Priority: r.GetInt16(7),
                RunAt: r.Instant(8)),
            ct);
        return [.. claimed.OrderBy(c => c.Priority).ThenBy(c => c.RunAt).ThenBy(c => c.Lease.Job).Select(c => c.Lease)];
    }

    public async Task<ImmutableArray<PublishLease>> ClaimPublishAsync(
        int countMax, TimeSpan lease, CancellationToken ct)
    {
        await using var batch = Statement.Batch(source, Statement.Of(
            """
            WITH due AS (
                SELECT chain FROM orchestrator.publish WHERE due_at <= orchestrator.now()
                ORDER BY due_at, chain LIMIT $1 FOR UPDATE SKIP LOCKED)
            UPDATE orchestrator.publish p
            SET leased_until = orchestrator.now() + $2, epoch = p.epoch + 1, attempts = p.attempts + 1
            FROM due WHERE p.chain = due.chain
            RETURNING p.chain, p.revision, p.epoch, p.attempts, p.run_at
            """,
            countMax,
            lease));
        var claimed = await batch.RowsAsync(
            r => (
                Lease: new PublishLease(r.Chain(0), r.GetInt64(1), r.GetInt64(2), r.GetInt32(3)), RunAt: r.Instant(4)),
            ct);
        return [.. claimed.OrderBy(c => c.RunAt).Select(c => c.Lease)];
    }

    public async Task FinishPublishAsync(PublishLease lease, CancellationToken ct)
    {
        // The row is locked first, so that a change that commits meanwhile either comes before (its revision keeps
        // the row) or after (it queues a new one).
        await using var batch = Statement.Batch(
            source,
            Statement.Of("SELECT FROM orchestrator.publish WHERE chain = $1 FOR UPDATE", lease.Chain),
            Statement.Of(
                "DELETE FROM orchestrator.publish WHERE chain = $1 AND epoch = $2 AND revision = $3",
                lease.Chain,
                lease.Epoch,
                lease.Revision),
            Statement.Of(
                """
                UPDATE orchestrator.publish
                SET leased_until = NULL, attempts = 0, reason = NULL, run_at = orchestrator.now()
                WHERE chain = $1 AND epoch = $2
                RETURNING 1
                """,
                lease.Chain,
                lease.Epoch));
        if (!(await batch.RowsAsync(_ => true, ct, skip: 1)).IsEmpty)
        {
            wake.Raise(WakeKinds.Publish);
        }
    }

    public async Task RetryPublishAsync(PublishLease lease, TimeSpan delay, string reason, CancellationToken ct)
    {
        await using var batch = Statement.Batch(source, Statement.Of(
            """
            UPDATE orchestrator.publish SET leased_until = NULL, run_at = orchestrator.now() + $3, reason = $4
            WHERE chain = $1 AND epoch = $2
            """,
            lease.Chain,
            lease.Epoch,
            delay,
            reason));
        await batch.ExecuteNonQueryAsync(ct);
    }

    public async Task<ImmutableArray<Letter>> ClaimLettersAsync(int countMax, TimeSpan lease, CancellationToken ct)
    {
        // One claim at a time: two that overlap could each find another letter of one chain to be its oldest.
        await using var batch = Statement.Batch(
            source,
            Statement.Of("SELECT pg_advisory_xact_lock($1)", LetterClaims),
            Statement.Of(
                """
                WITH due AS (
                    SELECT l.number FROM orchestrator.letter l
                    WHERE l.verdict IS NULL AND (l.leased_until IS NULL OR l.leased_until <= orchestrator.now())
                        AND NOT EXISTS (
                            SELECT FROM orchestrator.letter o
                            WHERE o.chain = l.chain AND o.verdict IS NULL
                                AND (o.number < l.number
                                    OR (o.number > l.number AND o.leased_until > orchestrator.now())))
                    ORDER BY l.number LIMIT $1 FOR UPDATE OF l SKIP LOCKED)
                UPDATE orchestrator.letter l SET leased_until = orchestrator.now() + $2
                FROM due WHERE l.number = due.number
                RETURNING l.number, l.chain, l.body
                """,
                countMax,
                lease));
        var claimed = await batch.RowsAsync(
            r => new Letter(r.GetInt64(0), r.Chain(1), ChainJson.Read<ChainEvent>(r.Bytes(2))), ct, skip: 1);
        return [.. claimed.OrderBy(l => l.Number)];
    }
}
