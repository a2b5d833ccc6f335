using FhirOrchestrator.Chains;
using FhirOrchestrator.Facts;
using Npgsql;

namespace FhirOrchestrator.Storage.Postgres;

/// <summary>Chains in PostgreSQL. Any number of replicas share them; nothing else coordinates them.</summary>
internal sealed partial class PostgresChainStore(NpgsqlDataSource source, WakeBoard wake) : IChainStore
{
    public async Task<DateTimeOffset> NowAsync(CancellationToken ct)
    {
        await using var batch = Statement.Batch(source, Statement.Of("SELECT orchestrator.now()"));
        return (await batch.RowsAsync(r => r.Instant(0), ct))[0];
    }

    public async Task<IChainTransaction> BeginAsync(ChainId chain, CancellationToken ct) =>
        await PostgresChainTransaction.BeginAsync(source, wake, chain, ct);

    public Task<ChainRecord?> FindAsync(ChainId chain, CancellationToken ct) => ChainRows.FindAsync(source, chain, ct);

    public async Task<ChainId?> FindByKeyAsync(string planUrl, EhrId ehr, string businessKey, CancellationToken ct)
    {
        await using var batch = Statement.Batch(source, Statement.Of(
            "SELECT chain FROM orchestrator.chain_key WHERE plan = $1 AND ehr = $2 AND business_key = $3",
            planUrl,
            ehr,
            businessKey));
        var found = await batch.RowsAsync(r => r.Chain(0), ct);
        return found.IsEmpty ? null : found[0];
    }

    public async Task<ImmutableArray<WaitMatch>> FindWaitingAsync(
        EhrId ehr, ImmutableArray<string> correlations, CancellationToken ct)
    {
        await using var batch = Statement.Batch(source, Statement.Of(
            """
            SELECT w.chain, c.package, w.correlation, w.name
            FROM orchestrator.wait w JOIN orchestrator.chain c ON c.id = w.chain
            WHERE w.ehr = $1 AND w.correlation = ANY ($2)
            ORDER BY w.chain, w.correlation, w.name
            """,
            ehr,
            correlations.ToArray()));
        return await batch.RowsAsync(
            r => new WaitMatch(r.Chain(0), r.GetString(1), r.GetString(2), r.GetString(3)), ct);
    }

    public async Task<ImmutableArray<DueTimer>> FindDueTimersAsync(int countMax, CancellationToken ct)
    {
        await using var batch = Statement.Batch(source, Statement.Of(
            """
            SELECT chain, step, kind, due_at FROM orchestrator.timer
            WHERE due_at <= orchestrator.now() ORDER BY due_at LIMIT $1
            """,
            countMax));
        return await batch.RowsAsync(
            r => new DueTimer(r.Chain(0), r.Step(1), r.Named<TimerKind>(2), r.Instant(3)), ct);
    }

    public async Task<long> PostAsync(ChainId chain, ChainEvent happened, CancellationToken ct)
    {
        await using var batch = Statement.Batch(source, Statement.Of(
            """
            INSERT INTO orchestrator.letter (chain, ehr, site, body)
            SELECT $1, coalesce(k.ehr, '-'), coalesce(k.site, '-'), $2
            FROM (SELECT) one LEFT JOIN orchestrator.chain_key k ON k.chain = $1
            RETURNING number
            """,
            chain,
            ChainJson.Write(happened)));
        var number = (await batch.RowsAsync(r => r.GetInt64(0), ct))[0];
        wake.Raise(WakeKinds.Letters);
        return number;
    }

    public async Task FinishLetterAsync(long letter, Verdict verdict, string? why, CancellationToken ct)
    {
        // The first answer stands: a claim that outlived its lease changes nothing.
        await using var batch = Statement.Batch(source, Statement.Of(
            """
            UPDATE orchestrator.letter
            SET verdict = $2, why = $3, answered_at = orchestrator.now(), leased_until = NULL
            WHERE number = $1 AND verdict IS NULL
            """,
            letter,
            verdict,
            why));
        await batch.ExecuteNonQueryAsync(ct);
    }

    public async Task<LetterOutcome?> FindLetterOutcomeAsync(long letter, CancellationToken ct)
    {
        await using var batch = Statement.Batch(source, Statement.Of(
            "SELECT verdict, why FROM orchestrator.letter WHERE number = $1 AND verdict IS NOT NULL", letter));
        var found = await batch.RowsAsync(r => new LetterOutcome(r.Named<Verdict>(0), r.TextOrNull(1)), ct);
        return found.FirstOrDefault();
    }
}
