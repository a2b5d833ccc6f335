using Npgsql;

namespace FhirOrchestrator.Storage.Postgres;

/// <summary>How much waits where, and since when: for the health page and the metrics.</summary>
internal sealed record Backlog
{
    public required long Inbox { get; init; }

    /// <summary>When the oldest entry of the inbox that still waits came in; null where none does.</summary>
    public required DateTimeOffset? InboxSince { get; init; }

    /// <summary>Jobs whose time has come and that nobody has claimed.</summary>
    public required long JobsDue { get; init; }

    /// <summary>Jobs in all, with those of later and those that run.</summary>
    public required long Jobs { get; init; }

    /// <summary>When the oldest due job was due.</summary>
    public required DateTimeOffset? JobsSince { get; init; }

    /// <summary>Chains whose resources do not show their state yet.</summary>
    public required long Publishes { get; init; }

    /// <summary>Those of them that failed at least twice.</summary>
    public required long PublishesFailing { get; init; }

    public required long Letters { get; init; }

    public required long Timers { get; init; }

    public required long Incidents { get; init; }

    public required long Quarantined { get; init; }

    public required long LiveChains { get; init; }

    public required long WorkItems { get; init; }

    /// <summary>The store's clock when this was counted.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Counts; one statement, one snapshot.</summary>
    public static async Task<Backlog> ReadAsync(NpgsqlDataSource source, CancellationToken ct)
    {
        await using var batch = Statement.Batch(source, Statement.Of(
            """
            SELECT
                (SELECT count(*) FROM orchestrator.inbox_queue),
                (SELECT min(received_at) FROM orchestrator.inbox_queue),
                (SELECT count(*) FROM orchestrator.job WHERE due_at <= orchestrator.now()),
                (SELECT count(*) FROM orchestrator.job),
                (SELECT min(due_at) FROM orchestrator.job WHERE due_at <= orchestrator.now()),
                (SELECT count(*) FROM orchestrator.publish),
                (SELECT count(*) FROM orchestrator.publish WHERE attempts > 1),
                (SELECT count(*) FROM orchestrator.letter WHERE verdict IS NULL),
                (SELECT count(*) FROM orchestrator.timer),
                (SELECT count(*) FROM orchestrator.incident WHERE closed_at IS NULL),
                (SELECT count(*) FROM orchestrator.quarantine WHERE resolved_at IS NULL),
                (SELECT count(*) FROM orchestrator.chain),
                (SELECT count(*) FROM orchestrator.work_item),
                orchestrator.now()
            """));
        return (await batch.RowsAsync(Read, ct))[0];
    }

    private static Backlog Read(NpgsqlDataReader reader) => new()
    {
        Inbox = reader.GetInt64(0),
        InboxSince = reader.InstantOrNull(1),
        JobsDue = reader.GetInt64(2),
        Jobs = reader.GetInt64(3),
        JobsSince = reader.InstantOrNull(4),
        Publishes = reader.GetInt64(5),
        PublishesFailing = reader.GetInt64(6),
        Letters = reader.GetInt64(7),
        Timers = reader.GetInt64(8),
        Incidents = reader.GetInt64(9),
        Quarantined = reader.GetInt64(10),
        LiveChains = reader.GetInt64(11),
        WorkItems = reader.GetInt64(12),
        At = reader.Instant(13),
    };
}
