using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using FhirOrchestrator.Storage.Cluster;
using Npgsql;

namespace FhirOrchestrator.Tests.EndToEnd;

/// <summary>The private PostgreSQL of a server under test, from outside: its process and its tables.</summary>
internal sealed class OwnCluster(string dataFolder)
{
    private readonly string folder = Path.Combine(dataFolder, "postgres");

    /// <summary>The postmaster's process id, null where there is none.</summary>
    public int? Postmaster
    {
        get
        {
            var file = Path.Combine(folder, "data", "postmaster.pid");
            return File.Exists(file)
                && int.TryParse(File.ReadLines(file).FirstOrDefault(), CultureInfo.InvariantCulture, out var id)
                && IsRunning(id) ? id : null;
        }
    }

    /// <summary>True while a process has this id.</summary>
    public static bool IsRunning(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>kill -9 of the postmaster, whose backends end by themselves.</summary>
    public int KillPostmaster()
    {
        var id = Postmaster ?? throw new AssertionException($"expected a postmaster on {folder}, got none");
        using var process = Process.GetProcessById(id);
        process.Kill();
        return id;
    }

    /// <summary>The first column of the first row, as the schema's owner.</summary>
    public async Task<T> ReadAsync<T>(string sql, CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection(Describe());
        await connection.OpenAsync(ct);
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync(ct))!;
    }

    // The file's fifth line is the socket's folder, its fourth the port.
    private string Describe()
    {
        var lines = File.ReadAllLines(Path.Combine(folder, "data", "postmaster.pid"));
        var secrets = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "secrets.json")))!.AsObject();
        var secret = secrets.First(each => each.Key.Equals("migrator", StringComparison.OrdinalIgnoreCase)).Value;
        return new NpgsqlConnectionStringBuilder
        {
            Host = lines[4],
            Port = int.Parse(lines[3], CultureInfo.InvariantCulture),
            Username = PrivateCluster.MigratorRole,
            Password = secret!.GetValue<string>(),
            Database = PrivateCluster.Database,
            Pooling = false,
        }.ConnectionString;
    }
}
