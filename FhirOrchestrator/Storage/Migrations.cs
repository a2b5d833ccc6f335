using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace FhirOrchestrator.Storage;

/// <summary>The database's schema is not one that this server can run on; the message says what to do.</summary>
internal sealed class SchemaException(string message) : Exception(message);

/// <summary>One embedded, numbered script: forward only.</summary>
/// <param name="Grants">
/// What the run-time login may do with it: idempotent, run again whenever migrations are applied; <c>:"runtime"</c>
/// stands for the login.
/// </param>
internal sealed record Migration(int Number, string Name, string Script, string? Grants)
{
    /// <summary>SHA-256 of the script; what was applied never changes.</summary>
    public string Checksum { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Script)));
}

/// <summary>
/// Brings a database's schema to what this server needs: <c>Storage/Migrations/NNNN_name.sql</c>, each in a
/// transaction of its own, and the grants beside it in <c>NNNN_name.grants.sql</c>. Migrations expand first and
/// contract one release later.
/// </summary>
internal static class Migrations
{
    private const string Prefix = "Migrations/";
    private const string GrantsEnd = ".grants.sql";

    // Any number that nobody else locks in this database.
    private const long LockKey = 0x464f_4d49_4752_4154;

    /// <summary>All migrations that this server bears, in order.</summary>
    public static ImmutableArray<Migration> All { get; } = Load();

    /// <summary>A name for the whole: tests cache their template database under it.</summary>
    public static string Fingerprint { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
        string.Join('\n', All.Select(m => m.Checksum + m.Grants))))[..6]);

    /// <summary>
    /// Applies what is missing and grants the run-time login what it needs. Any number of servers may call it at once.
    /// Returns how many were applied.
    /// </summary>
    /// <exception cref="SchemaException">
    /// The schema is newer than this server bears, an applied script was changed, or the run-time login could bypass
    /// row-level security.
    /// </exception>
    public static async Task<int> ApplyAsync(string migratorConnectionString, string runtimeRole, CancellationToken ct)
    {
        await using var source = NpgsqlDataSource.Create(migratorConnectionString);
        await using var connection = await source.OpenConnectionAsync(ct);
        await RequireLeastPrivilegeAsync(connection, runtimeRole, ct);

        // A session lock: each script has a transaction of its own. It goes with the connection.
        await RunAsync(connection, "SELECT pg_advisory_lock($1)", ct, LockKey);
        try
        {
            await RunAsync(
                connection,
                """
                CREATE SCHEMA IF NOT EXISTS orchestrator;
                CREATE TABLE IF NOT EXISTS orchestrator.migration (
                    number integer PRIMARY KEY,
                    name text NOT NULL,
                    checksum text NOT NULL,
                    applied_at timestamptz NOT NULL DEFAULT clock_timestamp());
                """,
                ct);
            var applied = await ReadAppliedAsync(connection, ct);
            RequireKnown(applied);
            var missing = All.Where(m => !applied.ContainsKey(m.Number)).ToList();
            foreach (var migration in missing)
            {
                await ApplyOneAsync(connection, migration, ct);
            }

            await GrantAsync(connection, runtimeRole, ct);
            return missing.Count;
        }
        finally
        {
            await RunAsync(connection, "SELECT pg_advisory_unlock($1)", CancellationToken.None, LockKey);
        }
    }

    /// <summary>Refuses a schema that is older than this server needs or newer than it bears.</summary>
    /// <exception cref="SchemaException">It is.</exception>
    public static async Task CheckAsync(NpgsqlDataSource runtime, CancellationToken ct)
    {
        await using var connection = await runtime.OpenConnectionAsync(ct);
        await using (var exists = new NpgsqlCommand(
            "SELECT to_regclass('orchestrator.migration') IS NOT NULL", connection))
        {
            if (await exists.ExecuteScalarAsync(ct) is not true)
            {
                throw new SchemaException(
                    $"expected a database with schema {All[^1].Number}, got one without: run the verb migrate, or set "
                    + "ConnectionStrings:Migrator");
            }
        }

        var applied = await ReadAppliedAsync(connection, ct);
        RequireKnown(applied);
        if (All.FirstOrDefault(m => !applied.ContainsKey(m.Number)) is { } missing)
        {
            throw new SchemaException(
                $"expected schema {All[^1].Number}, got one that lacks {missing.Name}: run the verb migrate, or set "
                + "ConnectionStrings:Migrator");
        }
    }

    private static void RequireKnown(Dictionary<int, string> applied)
    {
        foreach (var (number, checksum) in applied)
        {
            var known = All.FirstOrDefault(m => m.Number == number) ?? throw new SchemaException(
                $"expected a schema up to {All[^1].Number}, got one with migration {number}: a newer server "
                + "has been at this database; start that version again");
            if (known.Checksum != checksum)
            {
                throw new SchemaException(
                    $"expected {known.Name} as it was applied (checksum {checksum[..12]}), got "
                    + $"{known.Checksum[..12]}: an "
                    + "applied migration must never change; add another one");
            }
        }
    }

    private static async Task RequireLeastPrivilegeAsync(NpgsqlConnection connection, string role, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            "SELECT rolsuper OR rolbypassrls OR rolname = current_user FROM pg_roles WHERE rolname = $1", connection)
        {
            Parameters = { new() { Value = role } },
        };
        switch (await command.ExecuteScalarAsync(ct))
        {
            case null:
                throw new SchemaException(
                    $"expected a run-time login '{role}' in the database, got none: CREATE ROLE it with "
                    + "LOGIN and a password");
            case true:
                throw new SchemaException(
                    $"expected a run-time login that owns nothing and obeys row-level security, got "
                    + $"'{role}', which is a "
                    + "superuser, has BYPASSRLS or is the migrator itself: name another in "
                    + "ConnectionStrings:Orchestrator");
        }
    }

    private static async Task ApplyOneAsync(NpgsqlConnection connection, Migration migration, CancellationToken ct)
    {
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await RunScriptAsync(connection, migration.Script, ct);
        await RunAsync(
            connection,
            "INSERT INTO orchestrator.migration (number, name, checksum) VALUES ($1, $2, $3)",
            ct,
            migration.Number,
            migration.Name,
            migration.Checksum);
        await transaction.CommitAsync(ct);
    }

    private static async Task GrantAsync(NpgsqlConnection connection, string role, CancellationToken ct)
    {
        var quoted = '"' + role.Replace("\"", "\"\"", StringComparison.Ordinal) + '"';
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await RunScriptAsync(
            connection,
            $"GRANT USAGE ON SCHEMA orchestrator TO {quoted}; GRANT SELECT ON orchestrator.migration TO {quoted}",
            ct);
        foreach (var grants in All.Select(m => m.Grants).OfType<string>())
        {
            await RunScriptAsync(connection, grants.Replace(":\"runtime\"", quoted, StringComparison.Ordinal), ct);
        }

        await transaction.CommitAsync(ct);
    }

    private static async Task<Dictionary<int, string>> ReadAppliedAsync(
        NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            "SELECT number, checksum FROM orchestrator.migration ORDER BY number", connection);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var applied = new Dictionary<int, string>();
        while (await reader.ReadAsync(ct))
        {
            applied.Add(reader.GetInt32(0), reader.GetString(1));
        }

        return applied;
    }

    private static async Task RunScriptAsync(NpgsqlConnection connection, string script, CancellationToken ct)
    {
#pragma warning disable CA2100 // The text is an embedded file of this assembly; the role in it is quoted.
        await using var command = new NpgsqlCommand(script, connection) { CommandTimeout = 0 };
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(ct);
    }

    private static async Task RunAsync(
        NpgsqlConnection connection, string sql, CancellationToken ct, params object[] parameters)
    {
#pragma warning disable CA2100 // Only constants of this file arrive here.
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
#pragma warning restore CA2100
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = parameter });
        }

        await command.ExecuteNonQueryAsync(ct);
    }

    private static ImmutableArray<Migration> Load()
    {
        var assembly = Assembly.GetExecutingAssembly();
        var files = assembly.GetManifestResourceNames()
            .Where(n => n.StartsWith(Prefix, StringComparison.Ordinal))
            .ToDictionary(n => n[Prefix.Length..], n => Read(assembly, n), StringComparer.Ordinal);
        var loaded = files.Keys
            .Where(n => !n.EndsWith(GrantsEnd, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(n => new Migration(
                int.Parse(n.AsSpan(0, 4), CultureInfo.InvariantCulture),
                n,
                files[n],
                files.GetValueOrDefault(Path.GetFileNameWithoutExtension(n) + GrantsEnd)))
            .ToImmutableArray();
        for (var i = 0; i < loaded.Length; i++)
        {
            if (loaded[i].Number != i + 1)
            {
                throw new InvalidOperationException($"expected migration {i + 1:0000}, got {loaded[i].Name}");
            }
        }

        return loaded;
    }

    private static string Read(Assembly assembly, string name)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!, Encoding.UTF8);

        // A checkout may have turned line ends: the checksum must not notice.
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
