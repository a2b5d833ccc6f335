using FhirOrchestrator.Storage.Cluster;
using Microsoft.Extensions.Logging.Abstractions;

namespace FhirOrchestrator.Tests.Support;

/// <summary>
/// One private PostgreSQL cluster a test run, in a temporary folder, started by the first test that asks. It does not
/// force commits to the disk. A test that asks where there is no PostgreSQL is ignored, visibly.
/// </summary>
internal static class TestCluster
{
    private const string Prefix = "fo-test-";

    private static readonly SemaphoreSlim Gate = new(1, 1);
    private static PrivateCluster? _cluster;
    private static string? _folder;
    private static string? _absent;

    /// <summary>The cluster; ignores the running test where PostgreSQL's programs are absent.</summary>
    public static async Task<PrivateCluster> GetAsync()
    {
        await Gate.WaitAsync();
        try
        {
            if (_cluster is null && _absent is null)
            {
                await StartAsync();
            }
        }
        finally
        {
            Gate.Release();
        }

        if (_absent is not null)
        {
            Assert.Ignore(_absent);
        }

        return _cluster!;
    }

    /// <summary>A temporary folder that PostgreSQL's account can reach; whoever asks deletes it.</summary>
    public static string NewFolder()
    {
        var folder = Path.Combine(Path.GetTempPath(), Prefix + Guid.NewGuid().ToString("N")[..12]);
        Directory.CreateDirectory(folder);
        return folder;
    }

    /// <summary>Stops the cluster and deletes its folder; at the end of the test run.</summary>
    public static async Task StopAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
            _cluster = null;
        }

        if (_folder is not null)
        {
            Directory.Delete(_folder, recursive: true);
            _folder = null;
        }
    }

    private static async Task StartAsync()
    {
        try
        {
            await PostgresBinaries.FindAsync(major: null, CancellationToken.None);
        }
        catch (ClusterException fault)
        {
            _absent = fault.Message;
            return;
        }

        DeleteLeftovers();
        _folder = NewFolder();
        _cluster = await PrivateCluster.StartAsync(
            new ClusterSettings { DataFolder = _folder, Durable = false },
            TimeProvider.System,
            NullLogger.Instance,
            CancellationToken.None);
    }

    // A killed test run leaves its folder. An hour later nobody is at it any more.
    private static void DeleteLeftovers()
    {
        var old = TimeProvider.System.GetUtcNow().UtcDateTime - TimeSpan.FromHours(1);
        foreach (var folder in Directory.EnumerateDirectories(Path.GetTempPath(), Prefix + "*"))
        {
            if (Directory.GetLastWriteTimeUtc(folder) < old)
            {
                try
                {
                    Directory.Delete(folder, recursive: true);
                }
                catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
                {
                    TestContext.Progress.WriteLine($"left over and not deletable: {folder}");
                }
            }
        }
    }
}
