using FhirOrchestrator.Storage;
using FhirOrchestrator.Storage.Cluster;
using FhirOrchestrator.Storage.Postgres;
using FhirOrchestrator.Tests.Contracts;
using FhirOrchestrator.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace FhirOrchestrator.Tests.Storage;

internal sealed class StorageFaultTests
{
    [TestCase("40001", true, false)]
    [TestCase("40P01", true, false)]
    [TestCase("53100", false, true)]
    [TestCase("53300", false, true)]
    [TestCase("25006", false, true)]
    [TestCase("57P01", false, true)]
    [TestCase("08006", false, true)]
    [TestCase("23505", false, false)]
    [TestCase("42601", false, false)]
    public void Fault_BySqlState_IsOneOrNeither(string state, bool transient, bool unavailable)
    {
        var fault = new PostgresException("planned", "ERROR", "ERROR", state);

        Assert.That(
            (StorageFault.IsTransient(fault), StorageFault.IsUnavailable(fault)), Is.EqualTo((transient, unavailable)));
    }

    [Test]
    public void Fault_OfOurOwn_IsNeither() => Assert.That(
        StorageFault.IsUnavailable(new InvalidOperationException("planned")), Is.False);

    [Test]
    public async Task Store_WhoseClusterStopsAndStarts_SaysSoAndRecovers()
    {
        await TestCluster.GetAsync();
        var folder = TestCluster.NewFolder();
        try
        {
            await RunAsync(folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task RunAsync(string folder)
    {
        var first = await StartAsync(folder);
        await Migrations.ApplyAsync(first.MigratorConnectionString, PrivateCluster.RuntimeRole, CancellationToken.None);
        await using var source = NpgsqlDataSource.Create(first.RuntimeConnectionString);
        var inbox = new PostgresInbox(source, new WakeBoard(TimeProvider.System));
        await inbox.AppendAsync(Samples.Delivery("Encounter/1"), CancellationToken.None);
        await first.DisposeAsync();

        var fault = await FailAsync(inbox);
        await using var second = await StartAsync(folder);
        var faults = 0;
        while (await FailAsync(inbox) is { } left)
        {
            // A pool may hold one dead connection or more; each says that the store is unavailable, none anything else.
            Assert.That(StorageFault.IsUnavailable(left), Is.True, left.ToString());
            Assert.That(++faults, Is.LessThan(100));
        }

        Assert.That(fault, Is.Not.Null);
        Assert.That(StorageFault.IsUnavailable(fault!), Is.True, fault!.ToString());
        var kept = await inbox.ClaimAsync(10, Samples.Lease, CancellationToken.None);
        Assert.That(kept, Has.Length.EqualTo(1), "one lane: the first is claimed, and nothing acknowledged is lost");
    }

    private static Task<PrivateCluster> StartAsync(string folder) => PrivateCluster.StartAsync(
        new ClusterSettings { DataFolder = folder, Durable = false },
        TimeProvider.System,
        NullLogger.Instance,
        CancellationToken.None);

    private static async Task<Exception?> FailAsync(PostgresInbox inbox)
    {
        try
        {
            await inbox.AppendAsync(Samples.Delivery("Encounter/1"), CancellationToken.None);
            return null;
        }
        catch (Exception fault)
        {
            return fault;
        }
    }
}
