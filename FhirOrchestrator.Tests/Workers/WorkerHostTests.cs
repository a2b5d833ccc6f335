using FhirOrchestrator.Tests.EndToEnd;
using FhirOrchestrator.Workers;
using Microsoft.Extensions.Hosting;

namespace FhirOrchestrator.Tests.Workers;

internal sealed class WorkerHostTests
{
    private static readonly CancellationToken Ct = CancellationToken.None;

    [Test]
    public async Task Start_ServerDoesNotListenYet_NoLoopBegins()
    {
        await using var world = new WorkersWorld();
        await world.StartAsync();
        await world.NotifyAsync(world.Ehr.Edit("Encounter/e1", "status", "in-progress"));
        world.Ehr.Seen.Clear();
        using var host = world.Get<IEnumerable<IHostedService>>().OfType<WorkerHost>().Single();

        await host.StartAsync(Ct);
        await Eventually.TrueAsync(
            "the host to wait", TimeSpan.FromSeconds(2), _ => Task.FromResult(world.Life.IsWaitedFor));
        Assert.That(world.Tables.Inbox, Has.Count.EqualTo(1));
        Assert.That(world.Ehr.Seen, Is.Empty, "nobody could take in what the EHR tells");

        world.Life.Listens();
        await Eventually.TrueAsync(
            "the loops to begin", TimeSpan.FromSeconds(2), _ => Task.FromResult(world.Tables.Inbox.Count == 0));
        await host.StopAsync(Ct);
    }

    [Test]
    public async Task Stop_ServerNeverListened_Ends()
    {
        await using var world = new WorkersWorld();
        using var host = world.Get<IEnumerable<IHostedService>>().OfType<WorkerHost>().Single();
        await host.StartAsync(Ct);

        await host.StopAsync(Ct);

        Assert.That(host.ExecuteTask, Has.Property("IsCompleted").True.And.Property("IsFaulted").False);
        Assert.That(world.Ehr.Seen, Is.Empty);
    }
}
