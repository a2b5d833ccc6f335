using FhirOrchestrator.Chains;
using FhirOrchestrator.Facts;
using Npgsql;

namespace FhirOrchestrator.Storage.Postgres;

/// <summary>Which rows of the worklist to show; null: whatever it is.</summary>
internal sealed record WorkFilter
{
    public EhrId? Ehr { get; init; }

    /// <summary>The pool's code.</summary>
    public string? Pool { get; init; }

    /// <summary>The owner's reference.</summary>
    public string? Owner { get; init; }

    /// <summary><c>Patient/id</c>.</summary>
    public string? Patient { get; init; }

    public ChainId? Chain { get; init; }

    /// <summary>The package's folder name.</summary>
    public string? Package { get; init; }
}

/// <summary>A row of the worklist, and whom it concerns.</summary>
internal sealed record WorkRow(WorkItem Item, EhrId Ehr, SiteId Site, string Package, string Patient);

/// <summary>An open incident, and whom it concerns.</summary>
internal sealed record IncidentRow(
    ChainId Chain, Incident Incident, EhrId Ehr, SiteId Site, string Package, string Patient);

/// <summary>How often matching came to one verdict.</summary>
internal sealed record VerdictCount(EhrId Ehr, string? Plan, MatchKind Kind, string Reason, long Count);

/// <summary>What matching said about one version.</summary>
internal sealed record VerdictRow(
    InboxId Inbox, DateTimeOffset At, EhrId Ehr, ResourceKey? Key, string? Version, MatchVerdict Verdict);

/// <summary>An entry set aside for a person.</summary>
internal sealed record QuarantineRow
{
    public required InboxId Inbox { get; init; }

    public required EhrId Ehr { get; init; }

    public required string Package { get; init; }

    public required string Subscription { get; init; }

    public required string? Target { get; init; }

    public required DateTimeOffset ReceivedAt { get; init; }

    public required string Reason { get; init; }

    public required string Words { get; init; }

    /// <summary>Size of the body, in bytes.</summary>
    public required int Bytes { get; init; }
}

/// <summary>What people's screens read: open work, incidents, verdicts, entries set aside. Read only.</summary>
internal sealed class WorkList(NpgsqlDataSource source)
{
    /// <summary>Open work, the most urgent and earliest due first.</summary>
    public async Task<ImmutableArray<WorkRow>> FindOpenAsync(WorkFilter filter, int countMax, CancellationToken ct)
    {
        await using var batch = Statement.Batch(source, Statement.Of(
            """
            SELECT chain, step, round, title, priority, pool_system, pool, pool_display, owner, due, phase,
                ehr, site, package, patient
            FROM orchestrator.work_item
            WHERE ($2::text IS NULL OR ehr = $2) AND ($3::text IS NULL OR pool = $3)
                AND ($4::text IS NULL OR owner = $4)
                AND ($5::text IS NULL OR patient = $5) AND ($6::uuid IS NULL OR chain = $6)
                AND ($7::text IS NULL OR package = $7)
            ORDER BY array_position(ARRAY['stat', 'asap', 'urgent', 'routine'], priority), due NULLS LAST, chain, step
            LIMIT $1
            """,
            countMax,
            filter.Ehr?.Value,
            filter.Pool,
            filter.Owner,
            filter.Patient,
            filter.Chain?.Value,
            filter.Package));
        return await batch.RowsAsync(
            r => new WorkRow(
                ReadItem(r), r.Ehr(11), new SiteId(r.GetString(12)), r.GetString(13), r.GetString(14)),
            ct);
    }

    /// <summary>Open incidents, oldest first; of ended chains too.</summary>
    public async Task<ImmutableArray<IncidentRow>> FindIncidentsAsync(int countMax, CancellationToken ct)
    {
        await using var batch = Statement.Batch(source, Statement.Of(
            """
            SELECT i.chain, i.step, i.reason_system, i.reason, i.reason_display, i.opened_at, i.ehr, i.site,
                coalesce(c.package, d.package), coalesce(c.patient, d.patient)
            FROM orchestrator.incident i
                LEFT JOIN orchestrator.chain c ON c.id = i.chain
                LEFT JOIN orchestrator.chain_done d ON d.id = i.chain AND c.id IS NULL
            WHERE i.closed_at IS NULL ORDER BY i.number LIMIT $1
            """,
            countMax));
        return await batch.RowsAsync(
            r => new IncidentRow(
                r.Chain(0),
                new Incident(
                    r.IsDBNull(1) ? null : r.Step(1),
                    new Code(r.TextOrNull(2), r.GetString(3), r.TextOrNull(4)),
                    r.Instant(5)),
                r.Ehr(6),
                new SiteId(r.GetString(7)),
                r.TextOrNull(8) ?? string.Empty,
                r.TextOrNull(9) ?? string.Empty),
            ct);
    }

    /// <summary>The events that a chain's state was made from, in order.</summary>
    public async Task<ImmutableArray<LoggedEvent>> FindEventsAsync(ChainId chain, CancellationToken ct)
    {
        await using var batch = Statement.Batch(source, Statement.Of(
            "SELECT revision, body FROM orchestrator.event WHERE chain = $1 ORDER BY revision", chain));
        return await batch.RowsAsync(r => new LoggedEvent(r.GetInt64(0), ChainJson.Read<ChainEvent>(r.Bytes(1))), ct);
    }

    /// <summary>How often each verdict was come to, of one EHR or of all.</summary>
    public async Task<ImmutableArray<VerdictCount>> CountVerdictsAsync(EhrId? ehr, CancellationToken ct)
    {
        await using var batch = Statement.Batch(source, Statement.Of(
            """
            SELECT ehr, plan, kind, reason, count(*) FROM orchestrator.verdict
            WHERE $1::text IS NULL OR ehr = $1
            GROUP BY ehr, plan, kind, reason ORDER BY ehr, plan NULLS FIRST, kind, reason
            """,
            ehr?.Value));
        return await batch.RowsAsync(
            r => new VerdictCount(r.Ehr(0), r.TextOrNull(1), r.Named<MatchKind>(2), r.GetString(3), r.GetInt64(4)), ct);
    }

    /// <summary>Verdicts, newest first; of one EHR, kind and reason, or of all.</summary>
    public async Task<ImmutableArray<VerdictRow>> FindVerdictsAsync(
        EhrId? ehr, MatchKind? kind, string? reason, int countMax, CancellationToken ct)
    {
        await using var batch = Statement.Batch(source, Statement.Of(
            """
            SELECT inbox, at, ehr, type, id, version, plan, kind, reason, words, chain FROM orchestrator.verdict
            WHERE ($2::text IS NULL OR ehr = $2) AND ($3::text IS NULL OR kind = $3)
                AND ($4::text IS NULL OR reason = $4)
            ORDER BY number DESC LIMIT $1
            """,
            countMax,
            ehr?.Value,
            kind is { } named ? EnumText.Of(named) : null,
            reason));
        return await batch.RowsAsync(ReadVerdict, ct);
    }

    /// <summary>What was said about one resource, newest first: why it did or did not start anything.</summary>
    public async Task<ImmutableArray<VerdictRow>> FindVerdictsAsync(ResourceKey key, int countMax, CancellationToken ct)
    {
        await using var batch = Statement.Batch(source, Statement.Of(
            """
            SELECT inbox, at, ehr, type, id, version, plan, kind, reason, words, chain FROM orchestrator.verdict
            WHERE ehr = $2 AND type = $3 AND id = $4 ORDER BY number DESC LIMIT $1
            """,
            countMax,
            key.Ehr,
            key.Type,
            key.Id));
        return await batch.RowsAsync(ReadVerdict, ct);
    }

    /// <summary>Entries set aside that nobody has dealt with, oldest first.</summary>
    public async Task<ImmutableArray<QuarantineRow>> FindQuarantinedAsync(int countMax, CancellationToken ct)
    {
        await using var batch = Statement.Batch(source, Statement.Of(
            """
            SELECT q.inbox, q.ehr, i.package, i.subscription, i.target, q.received_at, q.reason, q.words, length(i.body)
            FROM orchestrator.quarantine q
                JOIN orchestrator.inbox i ON i.id = q.inbox AND i.received_at = q.received_at
            WHERE q.resolved_at IS NULL ORDER BY q.at LIMIT $1
            """,
            countMax));
        return await batch.RowsAsync(
            r => new QuarantineRow
            {
                Inbox = new InboxId(r.GetInt64(0)),
                Ehr = r.Ehr(1),
                Package = r.GetString(2),
                Subscription = r.GetString(3),
                Target = r.TextOrNull(4),
                ReceivedAt = r.Instant(5),
                Reason = r.GetString(6),
                Words = r.GetString(7),
                Bytes = r.GetInt32(8),
            },
            ct);
    }

    /// <summary>How many entries are set aside that nobody has dealt with.</summary>
    public async Task<long> CountQuarantinedAsync(CancellationToken ct)
    {
        await using var batch = Statement.Batch(source, Statement.Of(
            "SELECT count(*) FROM orchestrator.quarantine WHERE resolved_at IS NULL"));
        return (await batch.RowsAsync(r => r.GetInt64(0), ct))[0];
    }

    /// <summary>The bytes of an entry as they came; null where there is none, or its day was dropped.</summary>
    public async Task<byte[]?> FindBodyAsync(InboxId inbox, CancellationToken ct)
    {
        await using var batch = Statement.Batch(source, Statement.Of(
            "SELECT body FROM orchestrator.inbox WHERE id = $1", inbox.Value));
        return (await batch.RowsAsync(r => r.Bytes(0), ct)).FirstOrDefault();
    }

    private static WorkItem ReadItem(NpgsqlDataReader reader) => new()
    {
        Chain = reader.Chain(0),
        Step = reader.Step(1),
        Round = reader.GetInt32(2),
        Title = reader.GetString(3),
        Priority = reader.GetString(4),
        Pool = reader.CodeOrNull(5),
        Owner = reader.TextOrNull(8),
        Due = reader.InstantOrNull(9),
        Phase = reader.Named<StepPhase>(10),
    };

    private static VerdictRow ReadVerdict(NpgsqlDataReader reader)
    {
        var ehr = reader.Ehr(2);
        return new VerdictRow(
            new InboxId(reader.GetInt64(0)),
            reader.Instant(1),
            ehr,
            reader.IsDBNull(3) ? null : new ResourceKey(ehr, reader.GetString(3), reader.GetString(4)),
            reader.TextOrNull(5),
            new MatchVerdict(
                reader.TextOrNull(6),
                reader.Named<MatchKind>(7),
                reader.GetString(8),
                reader.GetString(9),
                reader.IsDBNull(10) ? null : reader.Chain(10)));
    }
}
