using FhirOrchestrator.Facts;
using Npgsql;

namespace FhirOrchestrator.Storage.Postgres;

/// <summary>Registrations in PostgreSQL.</summary>
internal sealed class PostgresRegistrations(NpgsqlDataSource source) : IRegistrations
{
    public async Task<ImmutableArray<Registration>> ListAsync(CancellationToken ct)
    {
        await using var batch = Statement.Batch(source, Statement.Of(
            """
            SELECT ehr, package, name, token, secret, criteria, content_hash, remote_id, status, problem, watermark,
                last_notification
            FROM orchestrator.registration ORDER BY ehr, package, name
            """));
        return await batch.RowsAsync(ReadRow, ct);
    }

    public async Task<Registration?> FindByTokenAsync(string token, CancellationToken ct)
    {
        await using var batch = Statement.Batch(source, Statement.Of(
            """
            SELECT ehr, package, name, token, secret, criteria, content_hash, remote_id, status, problem, watermark,
                last_notification
            FROM orchestrator.registration WHERE token = $1
            """,
            token));
        return (await batch.RowsAsync(ReadRow, ct)).FirstOrDefault();
    }

    public async Task<Registration> SaveAsync(Registration registration, CancellationToken ct)
    {
        // The token names the registration's incarnation: whoever comes with another one lost the race to add it.
        await using var batch = Statement.Batch(
            source,
            Statement.Of(
                """
                INSERT INTO orchestrator.registration AS r (
                    ehr, package, name, token, secret, criteria, content_hash, remote_id, status, problem, watermark,
                    last_notification)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
                ON CONFLICT (ehr, package, name) DO UPDATE SET
                    secret = excluded.secret, criteria = excluded.criteria, content_hash = excluded.content_hash,
                    remote_id = excluded.remote_id, status = excluded.status, problem = excluded.problem,
                    watermark = greatest(r.watermark, excluded.watermark),
                    last_notification = greatest(r.last_notification, excluded.last_notification)
                WHERE r.token = excluded.token
                """,
                registration.Ehr,
                registration.Package,
                registration.Name,
                registration.Token,
                registration.Secret,
                registration.Criteria,
                registration.ContentHash,
                registration.RemoteId,
                registration.Status,
                registration.Problem,
                registration.Watermark,
                registration.LastNotification),
            Statement.Of(
                """
                SELECT ehr, package, name, token, secret, criteria, content_hash, remote_id, status, problem, watermark,
                    last_notification
                FROM orchestrator.registration WHERE ehr = $1 AND package = $2 AND name = $3
                """,
                registration.Ehr,
                registration.Package,
                registration.Name));
        return (await batch.RowsAsync(ReadRow, ct))[0];
    }

    public async Task RemoveAsync(Registration registration, CancellationToken ct)
    {
        await using var batch = Statement.Batch(source, Statement.Of(
            "DELETE FROM orchestrator.registration WHERE ehr = $1 AND package = $2 AND name = $3 AND token = $4",
            registration.Ehr,
            registration.Package,
            registration.Name,
            registration.Token));
        await batch.ExecuteNonQueryAsync(ct);
    }

    public async Task<bool> WhileLeaderAsync(string name, Func<CancellationToken, Task> work, CancellationToken ct)
    {
        // A session lock: it goes with the connection, and whoever loses the connection stops leading.
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var take = new NpgsqlCommand("SELECT pg_try_advisory_lock(hashtextextended($1, 0))", connection)
        {
            Parameters = { new() { Value = "leader:" + name } },
        };
        if (await take.ExecuteScalarAsync(ct) is not true)
        {
            return false;
        }

        using var leading = CancellationTokenSource.CreateLinkedTokenSource(ct);
        using var watching = new CancellationTokenSource();
        var watch = WatchAsync(connection, leading, watching.Token);
        try
        {
            await work(leading.Token);
            return true;
        }
        finally
        {
            await watching.CancelAsync();
            if (await watch)
            {
                await using var give = new NpgsqlCommand("SELECT pg_advisory_unlock_all()", connection);
                await give.ExecuteNonQueryAsync(CancellationToken.None);
            }
        }
    }

    // True where the connection held until the end.
    private static async Task<bool> WatchAsync(
        NpgsqlConnection connection, CancellationTokenSource leading, CancellationToken ct)
    {
        try
        {
            while (true)
            {
                await connection.WaitAsync(ct);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            return true;
        }
        catch (Exception fault) when (StorageFault.IsUnavailable(fault))
        {
            await leading.CancelAsync();
            return false;
        }
    }

    private static Registration ReadRow(NpgsqlDataReader reader) => new()
    {
        Ehr = reader.Ehr(0),
        Package = reader.GetString(1),
        Name = reader.GetString(2),
        Token = reader.GetString(3),
        Secret = reader.GetString(4),
        Criteria = reader.GetString(5),
        ContentHash = reader.GetString(6),
        RemoteId = reader.TextOrNull(7),
        Status = reader.Named<RegistrationStatus>(8),
        Problem = reader.TextOrNull(9),
        Watermark = reader.InstantOrNull(10),
        LastNotification = reader.InstantOrNull(11),
    };
}
