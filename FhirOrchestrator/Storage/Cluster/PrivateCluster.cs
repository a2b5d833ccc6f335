using FhirOrchestrator.Telemetry;
using Npgsql;

namespace FhirOrchestrator.Storage.Cluster;

/// <summary>
/// A PostgreSQL cluster of this server's own, reached through a socket that nobody else can open. It ends with the
/// server, after kill -9 too, and is started again where it dies alone. Disposing stops it.
/// </summary>
internal sealed class PrivateCluster : IAsyncDisposable
{
    /// <summary>The database, and the roles that own and use its schema.</summary>
    public const string Database = "orchestrator";

    public const string MigratorRole = "orchestrator_migrator";

    public const string RuntimeRole = "orchestrator_server";

    private static readonly TimeSpan RestartDelay = TimeSpan.FromSeconds(1);

    private readonly ClusterFolder _folder;
    private readonly PostmasterSettings _settings;
    private readonly ClusterSecrets _secrets;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private Postmaster? _postmaster;
    private Task _watch = Task.CompletedTask;

    private PrivateCluster(
        ClusterFolder folder, PostmasterSettings settings, ClusterSecrets secrets, TimeProvider time, ILogger logger)
    {
        _folder = folder;
        _settings = settings;
        _secrets = secrets;
        _time = time;
        _logger = logger;
    }

    /// <summary>Of the role that owns the schema: migrations only.</summary>
    public string MigratorConnectionString => Describe(MigratorRole, _secrets.Migrator, Database);

    /// <summary>Of the run-time login: owns nothing, bypasses no row-level security.</summary>
    public string RuntimeConnectionString => Describe(RuntimeRole, _secrets.Runtime, Database);

    /// <summary>Of the superuser, to its own database: for tests that make and drop databases.</summary>
    public string SuperuserConnectionString => Describe("postgres", _secrets.Superuser, "postgres");

    /// <summary>Starts the cluster, making it first where there is none; returns when it takes connections.</summary>
    /// <exception cref="ClusterException">It cannot be started; the message says what to do.</exception>
    public static async Task<PrivateCluster> StartAsync(
        ClusterSettings settings, TimeProvider time, ILogger logger, CancellationToken ct)
    {
        var account = ClusterProgram.FindAccount();
        var folder = ClusterFolder.Open(settings.DataFolder, account);
        PrivateCluster? cluster = null;
        try
        {
            var binaries = await PostgresBinaries.FindAsync(folder.ReadMajor(), ct);
            await folder.WaitForOldPostmasterAsync(time, ct);
            if (folder.ReadMajor() is null)
            {
                StorageLog.ClusterInitialising(logger, folder.Path, binaries.Major);
                await folder.InitialiseAsync(binaries, account, ct);
            }

            var postmaster = new PostmasterSettings
            {
                Binaries = binaries,
                Folder = folder,
                Account = account,
                Socket = await SocketPlace.MakeAsync(folder.Path, account, ct),
                Durable = settings.Durable,
                ConnectionsMax = settings.ConnectionsMax,
            };
            cluster = new PrivateCluster(folder, postmaster, folder.RequireSecrets(), time, logger);
            cluster._postmaster = await Postmaster.StartAsync(postmaster, time, ct);
            await ClusterRoles.EnsureAsync(cluster.SuperuserConnectionString, cluster._secrets, ct);
            cluster._watch = cluster.WatchAsync(cluster._stopping.Token);
            StorageLog.ClusterStarted(logger, folder.Path, binaries.Major);
            return cluster;
        }
        catch
        {
            await (cluster?.DisposeAsync() ?? ValueTask.CompletedTask);
            folder.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _watch.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_postmaster is not null)
        {
            await _postmaster.DisposeAsync();
        }

        _settings.Socket.Remove();
        _folder.Dispose();
        _stopping.Dispose();
        StorageLog.ClusterStopped(_logger, _folder.Path);
    }

    // PostgreSQL restarts its own crashed backends; this is for a postmaster that ends.
    private async Task WatchAsync(CancellationToken ct)
    {
        while (_postmaster is { } running)
        {
            var code = await running.WaitForEndAsync(ct);
            StorageLog.ClusterDied(_logger, _folder.Path, code);
            await running.DisposeAsync();
            _postmaster = null;
            while (_postmaster is null)
            {
                await Task.Delay(RestartDelay, _time, ct);
                try
                {
                    // Its children may hold the data for a moment longer; PostgreSQL then refuses, and we ask again.
                    _postmaster = await Postmaster.StartAsync(_settings, _time, ct);
                    StorageLog.ClusterStarted(_logger, _folder.Path, _settings.Binaries.Major);
                }
                catch (ClusterException fault)
                {
                    StorageLog.ClusterRestartFailed(_logger, _folder.Path, fault);
                }
            }
        }
    }

    private string Describe(string role, string password, string database) => new NpgsqlConnectionStringBuilder
    {
        Host = _settings.Socket.Host,
        Port = _settings.Socket.Port,
        Username = role,
        Password = password,
        Database = database,
        MaxPoolSize = 60,
        MaxAutoPrepare = 100,
        Timeout = 10,
        ApplicationName = "FhirOrchestrator",
    }.ConnectionString;
}
