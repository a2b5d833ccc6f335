using FhirOrchestrator.Settings;
using FhirOrchestrator.Storage;
using FhirOrchestrator.Storage.Cluster;
using FhirOrchestrator.Storage.Postgres;
using Npgsql;

/// <summary>
/// The database that a server works with: the configured one, or a private cluster that ends with it.
/// </summary>
internal sealed class Database : IAsyncDisposable
{
    private readonly PrivateCluster? _cluster;

    private Database(NpgsqlDataSource source, PrivateCluster? cluster)
    {
        Source = source;
        _cluster = cluster;
    }

    /// <summary>Connections of the run-time login.</summary>
    public NpgsqlDataSource Source { get; }

    /// <summary>Opens it with its schema up to date.</summary>
    /// <exception cref="StartException">It does not answer, or does not let us in.</exception>
    public static async Task<Database> OpenAsync(ServerSettings settings, ILoggerFactory logs, CancellationToken ct)
    {
        try
        {
            return await OpenOrThrowAsync(settings, logs, ct);
        }
        catch (NpgsqlException refused)
        {
            var place = settings.ConnectionStrings.Orchestrator is null
                ? $"of the private cluster in {settings.DataFolder}"
                : "that ConnectionStrings names";
            throw new StartException(
                $"expected to work with the database {place}, got: {Words(refused)}. "
                + "See that it runs, is whole and lets this server in, then start again.");
        }
    }

    // One line, without the driver's hint at where it redacted what.
    private static string Words(NpgsqlException refused) => refused is PostgresException said
        ? $"{said.SqlState} {said.MessageText}"
        : refused.Message.ReplaceLineEndings(" ").TrimEnd('.');

    private static async Task<Database> OpenOrThrowAsync(
        ServerSettings settings, ILoggerFactory logs, CancellationToken ct)
    {
        var connections = settings.ConnectionStrings;
        if (connections.Orchestrator is not { } configured)
        {
            var isChosen = settings.DataFolderGiven || !Environment.IsPrivilegedProcess;
            var folder = new ClusterSettings { DataFolder = isChosen ? settings.DataFolder : null };
            var cluster = await PrivateCluster.StartAsync(
                folder, TimeProvider.System, logs.CreateLogger<PrivateCluster>(), ct);
            await Migrations.ApplyAsync(cluster.MigratorConnectionString, PrivateCluster.RuntimeRole, ct);
            return await ReadyAsync(cluster.RuntimeConnectionString, cluster, ct);
        }

        if (connections.Migrator is { } migrator)
        {
            var login = new NpgsqlConnectionStringBuilder(configured).Username ?? "";
            await Migrations.ApplyAsync(migrator, login, ct);
        }

        return await ReadyAsync(configured, null, ct);
    }

    public async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }
    }

    private static async Task<Database> ReadyAsync(string connection, PrivateCluster? cluster, CancellationToken ct)
    {
        var source = NpgsqlDataSource.Create(connection);
        await Migrations.CheckAsync(source, ct);
        await Installation.EnsurePartitionsAsync(source, ct);
        return new Database(source, cluster);
    }
}
