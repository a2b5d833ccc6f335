using FhirOrchestrator.Chains;
using FhirOrchestrator.Facts;

namespace FhirOrchestrator.Storage.Postgres;

// How old the data of live chains is.
internal sealed partial class PostgresChainStore
{
    public async Task<ImmutableArray<StaleChain>> FindStaleAsync(
        EhrId ehr, TimeSpan age, StaleChain? after, int countMax, CancellationToken ct)
    {
        await using var batch = Statement.Batch(source, Statement.Of(
            """
            SELECT chain, read_at
            FROM (
                SELECT i.chain, min(i.read_at) AS read_at
                FROM orchestrator.chain c JOIN orchestrator.chain_input i ON i.chain = c.id
                WHERE c.ehr = $1 AND i.name IN ('trigger', 'patient')
                GROUP BY i.chain) aged
            WHERE read_at <= orchestrator.now() - $2
                AND ($3::timestamptz IS NULL OR (read_at, chain) > ($3::timestamptz, $4::uuid))
            ORDER BY read_at, chain LIMIT $5
            """,
            ehr,
            age,
            after?.ReadAt,
            after?.Chain,
            countMax));
        return await batch.RowsAsync(r => new StaleChain(r.Chain(0), r.Instant(1)), ct);
    }

    public async Task NoteReadAsync(ChainId chain, ImmutableArray<DossierEntry> entries, CancellationToken ct)
    {
        if (entries.IsEmpty)
        {
            return;
        }

        // Without the chain's lock, which would make its changes wait: the rows are locked in the order in which a
        // change
        // writes them.
        await using var batch = Statement.Batch(source, Statement.Of(
            """
            WITH noted AS (
                SELECT i.ordinal, n.read_at
                FROM orchestrator.chain_input i
                JOIN unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
                    AS n (name, type, id, version, read_at) USING (name, type, id, version)
                WHERE i.chain = $1 AND i.read_at < n.read_at
                ORDER BY i.ordinal FOR UPDATE OF i)
            UPDATE orchestrator.chain_input i SET read_at = noted.read_at
            FROM noted WHERE i.chain = $1 AND i.ordinal = noted.ordinal
            """,
            chain,
            entries.Select(entry => entry.Name).ToArray(),
            entries.Select(entry => entry.Type).ToArray(),
            entries.Select(entry => entry.Id).ToArray(),
            entries.Select(entry => entry.Version).ToArray(),
            entries.Select(entry => entry.ReadAt).ToArray()));
        await batch.ExecuteNonQueryAsync(ct);
    }
}
