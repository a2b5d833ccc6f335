using FhirOrchestrator.Storage;
using FhirOrchestrator.Storage.Cluster;
using Npgsql;

namespace FhirOrchestrator.Tests.Support;

/// <summary>
/// A database of a test's own with the whole schema, cloned from a template that the first test of a schema makes. Its
/// clock (<c>orchestrator.now()</c>) can be set forward. Disposing drops it.
/// </summary>
internal sealed class TestDatabase : IAsyncDisposable
{
    private static readonly SemaphoreSlim Gate = new(1, 1);
    private static int _number;

    private readonly PrivateCluster _cluster;

    private TestDatabase(PrivateCluster cluster, string name)
    {
        _cluster = cluster;
        Name = name;
        RuntimeConnectionString = Aim(cluster.RuntimeConnectionString, name);
        MigratorConnectionString = Aim(cluster.MigratorConnectionString, name);
        Source = NpgsqlDataSource.Create(RuntimeConnectionString);
    }

    public string Name { get; }

    /// <summary>Of the run-time login, as a server uses it.</summary>
    public string RuntimeConnectionString { get; }

    /// <summary>Of the schema's owner: for what a test must look at or break behind the server's back.</summary>
    public string MigratorConnectionString { get; }

    /// <summary>Connections of the run-time login.</summary>
    public NpgsqlDataSource Source { get; }

    /// <summary>A fresh database; ignores the running test where PostgreSQL's programs are absent.</summary>
    public static async Task<TestDatabase> CreateAsync()
    {
        var cluster = await TestCluster.GetAsync();
        var template = $"template_{Migrations.Fingerprint}";
        var name = $"test_{Environment.ProcessId}_{Interlocked.Increment(ref _number)}";
        await Gate.WaitAsync();
        try
        {
            await EnsureTemplateAsync(cluster, template);
            await ExecuteAsync(
                cluster.SuperuserConnectionString,
                $"CREATE DATABASE {name} TEMPLATE {template} OWNER {PrivateCluster.MigratorRole}");
        }
        finally
        {
            Gate.Release();
        }

        var database = new TestDatabase(cluster, name);
        await database.ExecuteAsync("UPDATE orchestrator.installation SET id = gen_random_uuid()");
        return database;
    }

    /// <summary>Sets the database's clock forward, for all connections.</summary>
    public Task AdvanceAsync(TimeSpan by) => ExecuteAsync(
        MigratorConnectionString,
        "UPDATE orchestrator.test_clock SET ahead = ahead + $1",
        by);

    /// <summary>
    /// Empties every table of the orchestrator's schema and sets its clock right: cheaper than another database.
    /// </summary>
    public Task EmptyAsync() => ExecuteAsync(
        MigratorConnectionString,
        """
        DO $$
        DECLARE
            name text;
        BEGIN
            DELETE FROM orchestrator.wait;
            FOR name IN
                SELECT c.relname FROM pg_class c
                WHERE c.relnamespace = 'orchestrator'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
                    AND c.relname NOT IN ('migration', 'installation', 'test_clock')
            LOOP
                EXECUTE format('DELETE FROM orchestrator.%I', name);
            END LOOP;
            UPDATE orchestrator.test_clock SET ahead = interval '0';
        END $$
        """);

    /// <summary>Runs a statement as the schema's owner.</summary>
    public Task ExecuteAsync(string sql) => ExecuteAsync(MigratorConnectionString, sql);

    /// <summary>The first column of the first row, as the schema's owner.</summary>
    public async Task<T> ReadAsync<T>(string sql)
    {
        await using var connection = new NpgsqlConnection(Unpooled(MigratorConnectionString));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        NpgsqlConnection.ClearPool(new NpgsqlConnection(RuntimeConnectionString));
        await ExecuteAsync(_cluster.SuperuserConnectionString, $"DROP DATABASE IF EXISTS {Name} WITH (FORCE)");
    }

    private static async Task EnsureTemplateAsync(PrivateCluster cluster, string template)
    {
        await using (var connection = new NpgsqlConnection(Unpooled(cluster.SuperuserConnectionString)))
        {
            await connection.OpenAsync();
            await using var exists = new NpgsqlCommand(
                "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", connection)
            {
                Parameters = { new() { Value = template } },
            };
            if (await exists.ExecuteScalarAsync() is true)
            {
                return;
            }
        }

        await ExecuteAsync(
            cluster.SuperuserConnectionString, $"CREATE DATABASE {template} OWNER {PrivateCluster.MigratorRole}");
        var migrator = Unpooled(Aim(cluster.MigratorConnectionString, template));
        await Migrations.ApplyAsync(migrator, PrivateCluster.RuntimeRole, CancellationToken.None);

        // Only here does the clock obey anybody: the shipped function reads nothing but the machine's time.
        await ExecuteAsync(
            migrator,
            $"""
            CREATE TABLE orchestrator.test_clock (ahead interval NOT NULL);
            INSERT INTO orchestrator.test_clock VALUES (interval '0');
            GRANT SELECT ON orchestrator.test_clock TO {PrivateCluster.RuntimeRole};
            CREATE OR REPLACE FUNCTION orchestrator.now() RETURNS timestamptz LANGUAGE sql STABLE
                AS 'SELECT clock_timestamp() + (SELECT ahead FROM orchestrator.test_clock)';
            """);
    }

    private static async Task ExecuteAsync(string connectionString, string sql, params object[] parameters)
    {
        await using var connection = new NpgsqlConnection(Unpooled(connectionString));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = parameter });
        }

        await command.ExecuteNonQueryAsync();
    }

    private static string Aim(string connectionString, string database) =>
        new NpgsqlConnectionStringBuilder(connectionString) { Database = database }.ConnectionString;

    // A pooled connection would keep a template or a dropped database in use.
    private static string Unpooled(string connectionString) =>
        new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString;
}
