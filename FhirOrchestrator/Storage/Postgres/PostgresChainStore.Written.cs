using FhirOrchestrator.Chains;
using FhirOrchestrator.Facts;
using Npgsql;

namespace FhirOrchestrator.Storage.Postgres;

// What we write to EHRs: noted before it is sent, settled when it is answered.
internal sealed partial class PostgresChainStore
{
    public async Task<WrittenEffect> IntendAsync(WrittenEffect effect, CancellationToken ct)
    {
        await using var batch = Statement.Batch(
            source,
            Statement.Of(
                """
                INSERT INTO orchestrator.written (
                    ehr, chain, step, round, type, site, content_hash, id, version, body, withheld)
                VALUES ($1, $2, $3, $4, $5, coalesce((SELECT site FROM orchestrator.chain_key WHERE chain = $2), '-'),
                    $6, $7, $8, $9, $10)
                ON CONFLICT (ehr, chain, step, round, type) DO NOTHING
                """,
                effect.Ehr,
                effect.Chain,
                effect.Step,
                effect.Round,
                effect.Type,
                effect.ContentHash,
                effect.Id,
                effect.Version,
                effect.Body,
                effect.Withheld),
            Statement.Of(
                """
                SELECT ehr, chain, step, round, type, content_hash, id, version, body, withheld
                FROM orchestrator.written
                WHERE ehr = $1 AND chain = $2 AND step = $3 AND round = $4 AND type = $5
                """,
                effect.Ehr,
                effect.Chain,
                effect.Step,
                effect.Round,
                effect.Type));
        return (await batch.RowsAsync(ReadEffect, ct))[0];
    }

    public async Task SettleAsync(WrittenEffect effect, CancellationToken ct)
    {
        await using var batch = Statement.Batch(source, Statement.Of(
            """
            UPDATE orchestrator.written
            SET content_hash = $6, id = $7, version = $8, body = $9, withheld = $10, settled_at = orchestrator.now()
            WHERE ehr = $1 AND chain = $2 AND step = $3 AND round = $4 AND type = $5
            RETURNING 1
            """,
            effect.Ehr,
            effect.Chain,
            effect.Step,
            effect.Round,
            effect.Type,
            effect.ContentHash,
            effect.Id,
            effect.Version,
            effect.Body,
            effect.Withheld));
        if ((await batch.RowsAsync(_ => true, ct)).IsEmpty)
        {
            throw new InvalidOperationException(
                $"expected an effect that was intended before, got {effect.Type} of "
                + $"{effect.Chain}/{effect.Step}/{effect.Round}");
        }
    }

    public async Task<WrittenEffect?> FindWrittenAsync(ResourceKey key, CancellationToken ct)
    {
        await using var batch = Statement.Batch(source, Statement.Of(
            """
            SELECT ehr, chain, step, round, type, content_hash, id, version, body, withheld FROM orchestrator.written
            WHERE ehr = $1 AND type = $2 AND id = $3
            """,
            key.Ehr,
            key.Type,
            key.Id));
        return (await batch.RowsAsync(ReadEffect, ct)).FirstOrDefault();
    }

    public async Task<ImmutableArray<WrittenEffect>> FindWrittenAsync(ChainId chain, CancellationToken ct)
    {
        await using var batch = Statement.Batch(source, Statement.Of(
            """
            SELECT ehr, chain, step, round, type, content_hash, id, version, body, withheld FROM orchestrator.written
            WHERE chain = $1 ORDER BY step, round, type
            """,
            chain));
        return await batch.RowsAsync(ReadEffect, ct);
    }

    private static WrittenEffect ReadEffect(NpgsqlDataReader reader) => new()
    {
        Ehr = reader.Ehr(0),
        Chain = reader.Chain(1),
        Step = reader.Step(2),
        Round = reader.GetInt32(3),
        Type = reader.GetString(4),
        ContentHash = reader.GetString(5),
        Id = reader.TextOrNull(6),
        Version = reader.TextOrNull(7),
        Body = reader.Bytes(8),
        Withheld = reader.GetBoolean(9),
    };
}
