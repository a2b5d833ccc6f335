using System.Diagnostics;
using FhirOrchestrator.Storage.Cluster;
using FhirOrchestrator.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace FhirOrchestrator.Tests.Storage.Cluster;

internal sealed class PrivateClusterTests
{
    private string _folder = string.Empty;

    [SetUp]
    public async Task RequirePostgres()
    {
        await TestCluster.GetAsync();
        _folder = TestCluster.NewFolder();
    }

    [TearDown]
    public void DeleteFolder()
    {
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    [Test]
    public async Task Start_AfterStop_KeepsData()
    {
        await using (var first = await StartAsync())
        {
            await ExecuteAsync(first.MigratorConnectionString, "CREATE TABLE kept AS SELECT 42 AS answer");
        }

        await using var second = await StartAsync();

        Assert.That(await ReadAsync<int>(second.MigratorConnectionString, "SELECT answer FROM kept"), Is.EqualTo(42));
    }

    [Test]
    public async Task Start_OnLiveFolder_IsRefusedAndNamesTheWayOut()
    {
        await using var first = await StartAsync();

        var fault = await Assert.ThrowsAsync<ClusterException>(async () => await StartAsync());

        Assert.That(fault?.Message, Does.Contain("another running server holds").And.Contains(
            "ConnectionStrings:Orchestrator"));
    }

    [TestCase("secrets.json", "{", "the cluster's passwords", "a damaged file")]
    [TestCase("secrets.json", "{}", "the cluster's passwords", "a damaged file")]
    [TestCase("secrets.json", null, "the cluster's passwords", "no such file")]
    [TestCase("data/PG_VERSION", null, "a whole data folder", "PG_VERSION is missing")]
    [TestCase("data/PG_VERSION", "x", "a whole data folder", "PG_VERSION is damaged")]
    public async Task Start_PartOfTheFolderGoneOrDamaged_IsRefusedWithWords(
        string part, string? text, string expected, string got)
    {
        await (await StartAsync()).DisposeAsync();
        var file = Path.Combine(_folder, "postgres", part);
        if (text is null)
        {
            File.Delete(file);
        }
        else
        {
            await File.WriteAllTextAsync(file, text);
        }

        var fault = await Assert.ThrowsAsync<ClusterException>(async () => await StartAsync());

        Assert.That(fault?.Message, Does.StartWith($"expected {expected}").And.Contain(got).And.Contain("backup"));
    }

    [Test]
    public async Task Cluster_AsStarted_IsClosedAndChecked()
    {
        await using var cluster = await StartAsync();
        var source = cluster.SuperuserConnectionString;

        Assert.Multiple(async () =>
        {
            Assert.That(await ReadAsync<string>(source, "SHOW data_checksums"), Is.EqualTo("on"));
            Assert.That(await ReadAsync<string>(source, "SHOW password_encryption"), Is.EqualTo("scram-sha-256"));
            if (!OperatingSystem.IsWindows())
            {
                Assert.That(await ReadAsync<string>(source, "SHOW listen_addresses"), Is.Empty);
            }

            Assert.That(
                await ReadAsync<long>(
                    source,
                    "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'orchestrator%' AND NOT rolsuper AND "
                    + "NOT rolbypassrls"),
                Is.EqualTo(2));
        });
        var wrong = new NpgsqlConnectionStringBuilder(source) { Password = "wrong", Pooling = false }.ConnectionString;
        await Assert.ThrowsAsync<PostgresException>(async () => await ReadAsync<int>(wrong, "SELECT 1"));
    }

    [Test]
    public async Task Postmaster_KilledAlone_IsStartedAgain()
    {
        await using var cluster = await StartAsync();
        var pid = ReadPostmaster();
        using (var postmaster = Process.GetProcessById(pid))
        {
            postmaster.Kill();
        }

        // The hang guard of ten times what it takes; connecting is what signals that it is back.
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!await CanConnectAsync(cluster.MigratorConnectionString) || ReadPostmaster() == pid)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, limit.Token);
        }

        Assert.That(ReadPostmaster(), Is.Not.EqualTo(pid));
    }

    [Test]
    [Platform(Exclude = "Win")]
    public async Task Pipe_Closed_EndsThePostmaster()
    {
        // Disposing does to the wrapper what kill -9 of the server does: the pipe that this process holds ends. No
        // signal of ours reaches PostgreSQL, whose account may even be another one.
        int pid;
        await using (await StartAsync())
        {
            pid = ReadPostmaster();
            using var postmaster = Process.GetProcessById(pid);
            Assert.That(postmaster.HasExited, Is.False);
        }

        Assert.That(() => Process.GetProcessById(pid), Throws.ArgumentException);
    }

    private Task<PrivateCluster> StartAsync() => PrivateCluster.StartAsync(
        new ClusterSettings { DataFolder = _folder, Durable = false },
        TimeProvider.System,
        NullLogger.Instance,
        CancellationToken.None);

    private int ReadPostmaster()
    {
        var file = Path.Combine(_folder, "postgres", "data", "postmaster.pid");
        return File.Exists(file)
            ? int.Parse(File.ReadLines(file).First(), System.Globalization.CultureInfo.InvariantCulture)
            : 0;
    }

    private static async Task<bool> CanConnectAsync(string connectionString)
    {
        try
        {
            return await ReadAsync<int>(connectionString, "SELECT 1") == 1;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    private static async Task ExecuteAsync(string connectionString, string sql) =>
        await ReadAsync<object?>(connectionString, sql);

    private static async Task<T> ReadAsync<T>(string connectionString, string sql)
    {
        var unpooled = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString;
        await using var connection = new NpgsqlConnection(unpooled);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync())!;
    }
}
