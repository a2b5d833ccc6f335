using System.Diagnostics;
using FhirOrchestrator.Chains;
using Npgsql;

namespace FhirOrchestrator.Storage.Postgres;

/// <summary>The rows that a change's commands stand for, in their order.</summary>
internal sealed class CommandWriter(ChainChange change, DateTimeOffset now)
{
    private ChainRecord Chain => change.Chain;

    public IEnumerable<NpgsqlBatchCommand> Write()
    {
        // A timer that fired is gone, unless a command sets it anew.
        foreach (var fired in change.Events.Select(e => e.Happened).OfType<ChainEvent.TimerFired>())
        {
            yield return Statement.Of(
                "DELETE FROM orchestrator.timer WHERE chain = $1 AND step = $2 AND kind = $3",
                Chain.Id,
                fired.Step,
                fired.Kind);
        }

        foreach (var command in change.Commands)
        {
            yield return command switch
            {
                ChainCommand.RunStep run => Queue(run),
                ChainCommand.WithdrawStep withdraw => Statement.Of(
                    "DELETE FROM orchestrator.job WHERE chain = $1 AND step = $2", Chain.Id, withdraw.Step),
                ChainCommand.SetTimer timer => Set(timer),
                ChainCommand.ClearTimers clear => Statement.Of(
                    "DELETE FROM orchestrator.timer WHERE chain = $1 AND step = $2", Chain.Id, clear.Step),
                ChainCommand.Publish publish => Queue(publish),
                ChainCommand.OpenIncident open => Open(open),
                ChainCommand.CloseIncidents close => Statement.Of(
                    """
                    UPDATE orchestrator.incident SET closed_at = $3
                    WHERE chain = $1 AND step IS NOT DISTINCT FROM $2::text AND closed_at IS NULL
                    """,
                    Chain.Id,
                    close.Step?.Value,
                    now),
                ChainCommand.End => Statement.Of("DELETE FROM orchestrator.timer WHERE chain = $1", Chain.Id),
                _ => throw new UnreachableException(),
            };
        }
    }

    private NpgsqlBatchCommand Queue(ChainCommand.RunStep run) => Statement.Of(
        """
        INSERT INTO orchestrator.job (chain, ehr, site, step, round, attempt, priority, run_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        Chain.Id,
        Chain.Ehr,
        Chain.Site,
        run.Attempt.Step,
        run.Attempt.Round,
        run.Attempt.Number,
        (short)JobPriority.Of(change, run.Attempt.Step),
        run.RunAt);

    private NpgsqlBatchCommand Set(ChainCommand.SetTimer timer) => Statement.Of(
        """
        INSERT INTO orchestrator.timer (chain, ehr, site, step, kind, due_at) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (chain, step, kind) DO UPDATE SET due_at = excluded.due_at
        """,
        Chain.Id,
        Chain.Ehr,
        Chain.Site,
        timer.Step,
        timer.Kind,
        timer.At);

    // A row that waits for its next try keeps its time: the EHR may have asked for the pause.
    private NpgsqlBatchCommand Queue(ChainCommand.Publish publish) => Statement.Of(
        """
        INSERT INTO orchestrator.publish AS p (chain, ehr, site, revision, run_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (chain) DO UPDATE SET revision = greatest(p.revision, excluded.revision)
        """,
        Chain.Id,
        Chain.Ehr,
        Chain.Site,
        publish.Revision,
        now);

    private NpgsqlBatchCommand Open(ChainCommand.OpenIncident open) => Statement.Of(
        """
        INSERT INTO orchestrator.incident (chain, ehr, site, step, reason_system, reason, reason_display, opened_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (chain, coalesce(step, ''), reason) WHERE closed_at IS NULL DO NOTHING
        """,
        Chain.Id,
        Chain.Ehr,
        Chain.Site,
        open.Step?.Value,
        open.Reason.System,
        open.Reason.Value,
        open.Reason.Display,
        now);
}
