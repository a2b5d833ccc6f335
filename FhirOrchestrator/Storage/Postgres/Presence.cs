using FhirOrchestrator.Telemetry;
using Npgsql;

namespace FhirOrchestrator.Storage.Postgres;

/// <summary>
/// Says for as long as this server lives that it does: a shared session lock on a connection of its own, which ends
/// with the process however that ends. Who finds at its start that nobody holds it is alone: what is still claimed, a
/// dead process claimed, and it is given back at once instead of when its leases end. To be started before the loops.
/// </summary>
/// <remarks>
/// A replica that lives but has just lost its connection can be taken for dead: its work is then done twice at the same
/// time, as after a lease that was too short; the claims' epochs and the effects' identifiers are made for that.
/// </remarks>
internal sealed class Presence(NpgsqlDataSource source, TimeProvider time, ILogger<Presence> logger) : BackgroundService
{
    // Any number that nobody else locks in this database.
    private const long Present = 0x464f_5052_4553_4e54;

    // A dead process's connections end a moment after it: about 3 s in all, which the start beside a live one waits.
    private const int TriesMax = 13;
    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Reconnect = TimeSpan.FromSeconds(1);

    // A network that swallows everything gives no error: asked from time to time.
    private static readonly TimeSpan AskEvery = TimeSpan.FromSeconds(30);

    private NpgsqlConnection? _held;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await ArriveAsync(cancellationToken);
        }
        catch (Exception fault) when (StorageFault.IsUnavailable(fault) || StorageFault.IsTransient(fault))
        {
            // The leases end by themselves; presence is taken in the background. The exclusive lock must not stay.
            StorageLog.PresenceLost(logger, fault);
            await LeaveAsync();
        }

        await base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await LeaveAsync();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await (_held is null ? ReturnAsync(stoppingToken) : WatchAsync(_held, stoppingToken));
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault) // The edge of a loop: PostgreSQL went away, and comes again.
            {
                StorageLog.PresenceLost(logger, fault);
                await LeaveAsync();
                await Task.Delay(Reconnect, time, stoppingToken);
            }
        }
    }

    private async Task ArriveAsync(CancellationToken ct)
    {
        _held = await source.OpenConnectionAsync(ct);
        for (var attempt = 1; attempt <= TriesMax; attempt++)
        {
            if (await IsTrueAsync(_held, "SELECT pg_try_advisory_lock($1)", ct))
            {
                // The shared lock is taken before the exclusive one is given: nobody finds a gap between them.
                StorageLog.LeasesReleased(logger, await ReleaseLeasesAsync(_held, ct));
                await LockSharedAsync(_held, ct);
                await IsTrueAsync(_held, "SELECT pg_advisory_unlock($1)", ct);
                return;
            }

            if (attempt < TriesMax)
            {
                await Task.Delay(BetweenTries, time, ct);
            }
        }

        await LockSharedAsync(_held, ct);
        StorageLog.OtherReplicaAlive(logger);
    }

    // One transaction. Nobody else claims meanwhile, so that no lock order can matter.
    private static async Task<int> ReleaseLeasesAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("UPDATE orchestrator.inbox_queue SET leased_until = NULL WHERE leased_until IS NOT NULL"),
                new("UPDATE orchestrator.letter SET leased_until = NULL WHERE leased_until IS NOT NULL"),
                new("UPDATE orchestrator.job SET leased_until = NULL WHERE leased_until IS NOT NULL"),
                new("UPDATE orchestrator.publish SET leased_until = NULL WHERE leased_until IS NOT NULL"),
            },
        };
        return await batch.ExecuteNonQueryAsync(ct);
    }

    private async Task ReturnAsync(CancellationToken ct)
    {
        _held = await source.OpenConnectionAsync(ct);
        await LockSharedAsync(_held, ct);
    }

    // Waits while another replica that arrives looks whether it is alone: a moment.
    private static async Task LockSharedAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var take = Command(connection, "SELECT pg_advisory_lock_shared($1)");
        await take.ExecuteNonQueryAsync(ct);
    }

    private static async Task WatchAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        while (true)
        {
            if (!await connection.WaitAsync(AskEvery, ct))
            {
                await using var ask = new NpgsqlCommand("SELECT 1", connection);
                await ask.ExecuteNonQueryAsync(ct);
            }
        }
    }

    // Unlocked by hand: the pool would keep the connection, and the locks with it until it is used again.
    private async Task LeaveAsync()
    {
        if (Interlocked.Exchange(ref _held, null) is not { } held)
        {
            return;
        }

        await using (held)
        {
            try
            {
                await using var give = new NpgsqlCommand("SELECT pg_advisory_unlock_all()", held);
                await give.ExecuteNonQueryAsync(CancellationToken.None);
            }
            catch (Exception fault) when (StorageFault.IsUnavailable(fault) || fault is InvalidOperationException)
            {
                // The connection is gone, and the lock with it.
            }
        }
    }

    private static async Task<bool> IsTrueAsync(
        NpgsqlConnection connection,
        [System.Diagnostics.CodeAnalysis.ConstantExpected] string sql,
        CancellationToken ct)
    {
        await using var command = Command(connection, sql);
        return await command.ExecuteScalarAsync(ct) is true;
    }

    private static NpgsqlCommand Command(
        NpgsqlConnection connection, [System.Diagnostics.CodeAnalysis.ConstantExpected] string sql) =>
#pragma warning disable CA2100 // Only constants arrive here; the analyzer holds callers to it.
        new(sql, connection) { Parameters = { new() { Value = Present } } };
#pragma warning restore CA2100
}
