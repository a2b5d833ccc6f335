using FhirOrchestrator.Chains;
using FhirOrchestrator.Facts;
using Npgsql;

namespace FhirOrchestrator.Storage.Postgres;

/// <summary>Where a chain's row is.</summary>
internal enum ChainPlace
{
    Nowhere,
    Live,
    Done,
}

/// <summary>Reads a chain with its dossier and its open incidents.</summary>
internal static class ChainRows
{
    private const string LiveLocked =
        """
        SELECT ehr, site, package, business_key, patient, started_by, state FROM orchestrator.chain
        WHERE id = $1 FOR UPDATE
        """;

    private const string Live =
        """
        SELECT ehr, site, package, business_key, patient, started_by, state FROM orchestrator.chain
        WHERE id = $1
        """;

    private const string DoneLocked =
        """
        SELECT ehr, site, package, business_key, patient, started_by, state FROM orchestrator.chain_done
        WHERE id = $1 FOR UPDATE
        """;

    private const string Done =
        """
        SELECT ehr, site, package, business_key, patient, started_by, state FROM orchestrator.chain_done
        WHERE id = $1
        """;

    private const string Dossier =
        """
        SELECT name, type, id, version, body, read_at FROM orchestrator.chain_input WHERE chain = $1 ORDER BY ordinal
        """;

    private const string Incidents =
        """
        SELECT step, reason_system, reason, reason_display, opened_at FROM orchestrator.incident
        WHERE chain = $1 AND closed_at IS NULL ORDER BY number
        """;

    // Ended chains are spread over months: the key says whether it is worth looking.
    private const string Known = "SELECT EXISTS (SELECT FROM orchestrator.chain_key WHERE chain = $1)";

    /// <summary>
    /// Locks the chain for the transaction and reads it. Lock order: the chain's advisory lock (there may be no row
    /// yet), then its row; whatever else a change touches belongs to the chain and is locked after it.
    /// </summary>
    public static async Task<(DateTimeOffset Now, ChainPlace Place, ChainRecord? Chain)> LockAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, ChainId chain, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection, transaction)
        {
            BatchCommands =
            {
                Statement.Of("SELECT pg_advisory_xact_lock($1)", LockKey(chain)),
                Statement.Of("SELECT orchestrator.now()"),
                Statement.Of(LiveLocked, chain),
                Statement.Of(Known, chain),
                Statement.Of(Dossier, chain),
                Statement.Of(Incidents, chain),
            },
        };
        DateTimeOffset now;
        bool known;
        ChainRecord? found;
        ImmutableArray<DossierEntry> dossier;
        ImmutableArray<Incident> incidents;
        await using (var reader = await batch.ExecuteReaderAsync(ct))
        {
            await reader.NextResultAsync(ct);
            now = (await reader.RowsAsync(r => r.Instant(0), ct))[0];
            await reader.NextResultAsync(ct);
            found = (await reader.RowsAsync(ReadRow, ct)).FirstOrDefault();
            await reader.NextResultAsync(ct);
            known = (await reader.RowsAsync(r => r.GetBoolean(0), ct))[0];
            await reader.NextResultAsync(ct);
            dossier = await reader.RowsAsync(ReadEntry, ct);
            await reader.NextResultAsync(ct);
            incidents = await reader.RowsAsync(ReadIncident, ct);
        }

        var place = found is null ? ChainPlace.Nowhere : ChainPlace.Live;
        if (found is null && known)
        {
            await using var done = new NpgsqlBatch(connection, transaction)
            {
                BatchCommands = { Statement.Of(DoneLocked, chain) },
            };
            found = (await done.RowsAsync(ReadRow, ct)).FirstOrDefault();
            place = found is null ? ChainPlace.Nowhere : ChainPlace.Done;
        }

        return (now, place, found is null ? null : found with { Dossier = dossier, Incidents = incidents });
    }

    /// <summary>Reads a chain as it was last committed.</summary>
    public static async Task<ChainRecord?> FindAsync(NpgsqlDataSource source, ChainId chain, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);

        // One snapshot: the chain may end between two statements, and its dossier belongs to its state.
        await using var transaction = await connection.BeginTransactionAsync(
            System.Data.IsolationLevel.RepeatableRead, ct);
        await using var batch = new NpgsqlBatch(connection, transaction)
        {
            BatchCommands =
            {
                Statement.Of(Live, chain), Statement.Of(Dossier, chain), Statement.Of(Incidents, chain),
            },
        };
        ChainRecord? found;
        ImmutableArray<DossierEntry> dossier;
        ImmutableArray<Incident> incidents;
        await using (var reader = await batch.ExecuteReaderAsync(ct))
        {
            found = (await reader.RowsAsync(ReadRow, ct)).FirstOrDefault();
            await reader.NextResultAsync(ct);
            dossier = await reader.RowsAsync(ReadEntry, ct);
            await reader.NextResultAsync(ct);
            incidents = await reader.RowsAsync(ReadIncident, ct);
        }

        if (found is null)
        {
            await using var done = new NpgsqlBatch(connection, transaction)
            {
                BatchCommands = { Statement.Of(Done, chain) },
            };
            found = (await done.RowsAsync(ReadRow, ct)).FirstOrDefault();
        }

        return found is null ? null : found with { Dossier = dossier, Incidents = incidents };
    }

    // Half of a UUIDv5 is as good as random: two chains that share a lock only wait for each other.
    private static long LockKey(ChainId chain) =>
        System.Buffers.Binary.BinaryPrimitives.ReadInt64BigEndian(chain.Value.ToByteArray(bigEndian: true));

    private static ChainRecord ReadRow(NpgsqlDataReader reader) => new()
    {
        Ehr = reader.Ehr(0),
        Site = new SiteId(reader.GetString(1)),
        Package = reader.GetString(2),
        BusinessKey = reader.GetString(3),
        Patient = reader.GetString(4),
        StartedBy = reader.Named<Origin>(5),
        State = ChainJson.Read<ChainState>(reader.Bytes(6)),
        Dossier = [],
    };

    private static DossierEntry ReadEntry(NpgsqlDataReader reader) => new(
        reader.GetString(0),
        reader.GetString(1),
        reader.GetString(2),
        reader.GetString(3),
        reader.Bytes(4),
        reader.Instant(5));

    private static Incident ReadIncident(NpgsqlDataReader reader) => new(
        reader.IsDBNull(0) ? null : reader.Step(0),
        new Code(reader.TextOrNull(1), reader.GetString(2), reader.TextOrNull(3)),
        reader.Instant(4));
}
