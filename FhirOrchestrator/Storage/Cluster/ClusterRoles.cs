using Npgsql;

namespace FhirOrchestrator.Storage.Cluster;

/// <summary>The roles and the database of a private cluster; made, or set right, at every start.</summary>
internal static class ClusterRoles
{
    public static async Task EnsureAsync(string superuser, ClusterSecrets secrets, CancellationToken ct)
    {
        await using var source = NpgsqlDataSource.Create(superuser);
        await using var connection = await source.OpenConnectionAsync(ct);
        await EnsureRoleAsync(connection, PrivateCluster.MigratorRole, secrets.Migrator, ct);
        await EnsureRoleAsync(connection, PrivateCluster.RuntimeRole, secrets.Runtime, ct);
        if (!await ExistsAsync(connection, ct))
        {
            // CREATE DATABASE takes no parameters; the names are constants of this product.
            await using var create = new NpgsqlCommand(
                "CREATE DATABASE orchestrator OWNER orchestrator_migrator", connection);
            await create.ExecuteNonQueryAsync(ct);
        }

        await using var close = new NpgsqlCommand(
            """
            REVOKE ALL ON DATABASE orchestrator FROM PUBLIC;
            GRANT CONNECT ON DATABASE orchestrator TO orchestrator_server
            """,
            connection);
        await close.ExecuteNonQueryAsync(ct);
    }

    // DDL takes no parameters either: they travel as settings and are quoted by format().
    private static async Task EnsureRoleAsync(
        NpgsqlConnection connection, string role, string password, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand("SELECT set_config('fo.role', $1, false), set_config('fo.password', $2, false)")
                {
                    Parameters = { new() { Value = role }, new() { Value = password } },
                },
                new NpgsqlBatchCommand(
                    """
                    DO $$
                    DECLARE
                        role text := current_setting('fo.role');
                    BEGIN
                        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
                            EXECUTE format('CREATE ROLE %I', role);
                        END IF;
                        EXECUTE format(
                            'ALTER ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD %L',
                            role, current_setting('fo.password'));
                    END $$
                    """),
                new NpgsqlBatchCommand("SELECT set_config('fo.password', '', false)"),
            },
        };
        await batch.ExecuteNonQueryAsync(ct);
    }

    private static async Task<bool> ExistsAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", connection)
        {
            Parameters = { new() { Value = PrivateCluster.Database } },
        };
        return (bool)(await command.ExecuteScalarAsync(ct))!;
    }
}
