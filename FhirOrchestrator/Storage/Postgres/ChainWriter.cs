using System.Diagnostics;
using FhirOrchestrator.Chains;
using Npgsql;

namespace FhirOrchestrator.Storage.Postgres;

/// <summary>What the number of rows that a write touched says.</summary>
internal enum WriteCheck
{
    Any,

    /// <summary>One, or nothing may be written at all: a fence or a key is no longer ours.</summary>
    OneOrRefused,

    /// <summary>One; anything else is a bug.</summary>
    One,
}

/// <summary>A command of a change, and what its row count must be.</summary>
internal sealed record ChainWrite(NpgsqlBatchCommand Command, WriteCheck Expects);

/// <summary>
/// Turns one change into the commands of one round trip. Fences come first, then the chain, then its rows.
/// </summary>
internal sealed class ChainWriter(ChainRecord? before, ChainPlace place, ChainChange change, DateTimeOffset now)
{
    private readonly List<ChainWrite> _writes = [];

    private ChainRecord Chain => change.Chain;

    private bool IsEnding => change.Commands.Any(c => c is ChainCommand.End);

    /// <summary>Where the chain's row is once the change is written.</summary>
    public static ChainPlace PlaceAfter(ChainPlace place, ChainChange change) =>
        place is ChainPlace.Done || change.Commands.Any(c => c is ChainCommand.End) ? ChainPlace.Done : ChainPlace.Live;

    /// <summary>Which queues the change fills.</summary>
    public static WakeKinds WakesOf(ChainChange change) => change.Commands.Aggregate(
        WakeKinds.None,
        (kinds, command) => kinds | command switch
        {
            ChainCommand.RunStep => WakeKinds.Jobs,
            ChainCommand.SetTimer => WakeKinds.Timers,
            ChainCommand.Publish => WakeKinds.Publish,
            _ => WakeKinds.None,
        });

    public List<ChainWrite> Write()
    {
        WriteFences();
        WriteChain();
        WriteDossier();
        WriteEvents();
        var commands = new CommandWriter(change, now);
        foreach (var command in commands.Write())
        {
            Add(command);
        }

        WriteWaits();
        WriteWorkItems();
        return _writes;
    }

    private void Add(NpgsqlBatchCommand command, WriteCheck expects = WriteCheck.Any) =>
        _writes.Add(new ChainWrite(command, expects));

    private void WriteFences()
    {
        if (change.Finished is { } lease)
        {
            Add(
                Statement.Of("DELETE FROM orchestrator.job WHERE id = $1 AND epoch = $2", lease.Job, lease.Epoch),
                WriteCheck.OneOrRefused);
        }

        if (change.Letter is { } letter)
        {
            Add(
                Statement.Of(
                    """
                    UPDATE orchestrator.letter
                    SET verdict = 'applied', answered_at = orchestrator.now(), leased_until = NULL
                    WHERE number = $1 AND verdict IS NULL
                    """,
                    letter),
                WriteCheck.OneOrRefused);
        }

        if (place is ChainPlace.Nowhere)
        {
            Add(
                Statement.Of(
                    """
                    INSERT INTO orchestrator.chain_key (plan, ehr, business_key, site, chain)
                    VALUES ($1, $2, $3, $4, $5)
                    ON CONFLICT DO NOTHING
                    """,
                    Chain.State.Plan.Url,
                    Chain.Ehr,
                    Chain.BusinessKey,
                    Chain.Site,
                    Chain.Id),
                WriteCheck.OneOrRefused);
        }
    }

    private void WriteChain()
    {
        switch (place, IsEnding)
        {
            case (ChainPlace.Nowhere, false):
                InsertLive();
                break;
            case (ChainPlace.Nowhere, true):
                InsertDone();
                break;
            case (ChainPlace.Live, false):
                Add(
                    Statement.Of(
                        """
                        UPDATE orchestrator.chain
                        SET site = $3, patient = $4, changed_at = $5, phase = $6, revision = $7, state = $8
                        WHERE id = $1 AND revision = $2
                        """,
                        [Chain.Id, Before.State.Revision, .. Changing()]),
                    WriteCheck.One);
                break;
            case (ChainPlace.Live, true):
                Add(Statement.Of("DELETE FROM orchestrator.wait WHERE chain = $1", Chain.Id));
                Add(
                    Statement.Of(
                        "DELETE FROM orchestrator.chain WHERE id = $1 AND revision = $2",
                        Chain.Id,
                        Before.State.Revision),
                    WriteCheck.One);
                InsertDone();
                break;
            case (ChainPlace.Done, _):
                Add(
                    Statement.Of(
                        """
                        UPDATE orchestrator.chain_done
                        SET site = $3, patient = $4, changed_at = $5, phase = $6, revision = $7, state = $8
                        WHERE id = $1 AND revision = $2
                        """,
                        [Chain.Id, Before.State.Revision, .. Changing()]),
                    WriteCheck.One);
                break;
            default:
                throw new UnreachableException();
        }
    }

    private ChainRecord Before => before ?? throw new UnreachableException();

    private object?[] Changing() =>
    [
        Chain.Site, Chain.Patient, now, Chain.State.Phase, Chain.State.Revision, ChainJson.Write(Chain.State),
    ];

    private object?[] Fixed() =>
    [
        Chain.Id, Chain.Ehr, Chain.Package,
        Chain.State.Plan.Url, Chain.State.Plan.Version, Chain.State.Plan.ContentHash,
        Chain.BusinessKey, Chain.StartedBy, Chain.State.StartedAt ?? now,
    ];

    private void InsertLive() => Add(
        Statement.Of(
            """
            INSERT INTO orchestrator.chain (
                id, ehr, package, plan, plan_version, plan_hash, business_key, started_by, created_at,
                site, patient, changed_at, phase, revision, state)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
            """,
            [.. Fixed(), .. Changing()]),
        WriteCheck.One);

    private void InsertDone() => Add(
        Statement.Of(
            """
            INSERT INTO orchestrator.chain_done (
                id, ehr, package, plan, plan_version, plan_hash, business_key, started_by, created_at,
                site, patient, changed_at, phase, revision, state, ended_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
            """,
            [.. Fixed(), .. Changing(), Chain.State.EndedAt ?? now]),
        WriteCheck.One);

    // Only what changed: bodies are large and most changes leave them alone.
    private void WriteDossier()
    {
        var earlier = before?.Dossier ?? [];
        for (var i = 0; i < Chain.Dossier.Length; i++)
        {
            var entry = Chain.Dossier[i];
            if (i < earlier.Length && IsSame(earlier[i], entry))
            {
                continue;
            }

            Add(Statement.Of(
                """
                INSERT INTO orchestrator.chain_input (chain, ordinal, ehr, site, name, type, id, version, body, read_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                ON CONFLICT (chain, ordinal) DO UPDATE SET
                    site = excluded.site, name = excluded.name, type = excluded.type, id = excluded.id,
                    version = excluded.version, body = excluded.body, read_at = excluded.read_at
                """,
                Chain.Id,
                i,
                Chain.Ehr,
                Chain.Site,
                entry.Name,
                entry.Type,
                entry.Id,
                entry.Version,
                entry.Body,
                entry.ReadAt));
        }

        if (Chain.Dossier.Length < earlier.Length)
        {
            Add(Statement.Of(
                "DELETE FROM orchestrator.chain_input WHERE chain = $1 AND ordinal >= $2",
                Chain.Id,
                Chain.Dossier.Length));
        }
    }

    private static bool IsSame(DossierEntry one, DossierEntry other) =>
        (one.Name, one.Type, one.Id, one.Version, one.ReadAt)
            == (other.Name, other.Type, other.Id, other.Version, other.ReadAt)
        && one.Body.Span.SequenceEqual(other.Body.Span);

    private void WriteEvents()
    {
        if (change.Events.IsEmpty)
        {
            return;
        }

        var revisions = change.Events.Select(e => e.Revision).ToArray();
        var instants = change.Events.Select(e => e.Happened.At).ToArray();
        var kinds = change.Events.Select(e => ChainJson.KindOf(e.Happened)).ToArray();
        var trail = change.Events.Select(e => AuditTrail.Of(e.Happened)).ToArray();
        Add(Statement.Of(
            """
            INSERT INTO orchestrator.event (chain, ehr, site, revision, at, kind, body)
            SELECT $1, $2, $3, * FROM unnest($4::bigint[], $5::timestamptz[], $6::text[], $7::bytea[])
            """,
            Chain.Id,
            Chain.Ehr,
            Chain.Site,
            revisions,
            instants,
            kinds,
            change.Events.Select(e => ChainJson.Write(e.Happened)).ToArray()));
        Add(Statement.Of(
            """
            INSERT INTO orchestrator.audit (chain, ehr, site, patient, revision, at, kind, step, actor, actor_name)
            SELECT $1, $2, $3, $4, * FROM unnest(
                $5::bigint[], $6::timestamptz[], $7::text[], $8::text[], $9::text[], $10::text[])
            """,
            Chain.Id,
            Chain.Ehr,
            Chain.Site,
            Chain.Patient,
            revisions,
            instants,
            kinds,
            trail.Select(t => t.Step?.Value).ToArray(),
            trail.Select(t => t.By?.Reference).ToArray(),
            trail.Select(t => t.By?.Name).ToArray()));
    }

    private void WriteWaits()
    {
        if (change.Waits is not { } waits || PlaceAfter(place, change) is ChainPlace.Done)
        {
            return;
        }

        Add(Statement.Of("DELETE FROM orchestrator.wait WHERE chain = $1", Chain.Id));
        if (!waits.IsEmpty)
        {
            Add(Statement.Of(
                """
                INSERT INTO orchestrator.wait (chain, ehr, site, correlation, name)
                SELECT $1, $2, $3, * FROM unnest($4::text[], $5::text[]) ON CONFLICT DO NOTHING
                """,
                Chain.Id,
                Chain.Ehr,
                Chain.Site,
                waits.Select(w => w.Correlation).ToArray(),
                waits.Select(w => w.Name).ToArray()));
        }
    }

    private void WriteWorkItems()
    {
        Add(Statement.Of("DELETE FROM orchestrator.work_item WHERE chain = $1", Chain.Id));
        foreach (var item in change.WorkItems)
        {
            Add(Statement.Of(
                """
                INSERT INTO orchestrator.work_item (
                    chain, ehr, site, package, patient, step, round, title, priority,
                    pool_system, pool, pool_display, owner, due, phase)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
                """,
                Chain.Id,
                Chain.Ehr,
                Chain.Site,
                Chain.Package,
                Chain.Patient,
                item.Step,
                item.Round,
                item.Title,
                item.Priority,
                item.Pool?.System,
                item.Pool?.Value,
                item.Pool?.Display,
                item.Owner,
                item.Due,
                item.Phase));
        }
    }
}
