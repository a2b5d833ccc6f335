using FhirOrchestrator.Chains;
using FhirOrchestrator.Facts;
using FhirOrchestrator.Storage;
using FhirOrchestrator.Storage.Postgres;
using FhirOrchestrator.Tests.Contracts;

namespace FhirOrchestrator.Tests.Storage;

internal sealed class WorkListTests
{
    private static readonly CancellationToken Ct = CancellationToken.None;

    private PostgresWorld _world = null!;

    private WorkList List => new(_world.Database.Source);

    [OneTimeSetUp]
    public async Task CreateWorld() => _world = (PostgresWorld)await PostgresWorld.CreateAsync();

    [SetUp]
    public Task EmptyWorld() => _world.EmptyAsync();

    [OneTimeTearDown]
    public async Task DisposeWorld() => await _world.DisposeAsync();

    [Test]
    public async Task FindOpen_ByFilter_MostUrgentFirst()
    {
        await StartAsync("routine", "Patient/1");
        await StartAsync("stat", "Patient/2");

        var all = await List.FindOpenAsync(new WorkFilter(), 10, Ct);
        var mine = await List.FindOpenAsync(
            new WorkFilter
            {
                Ehr = Samples.Ehr,
                Pool = "nurses",
                Patient = "Patient/1",
                Package = "follow-up",
                Chain = Samples.IdOf("routine"),
            },
            10,
            Ct);
        var none = await List.FindOpenAsync(new WorkFilter { Owner = "Practitioner/1" }, 10, Ct);

        Assert.That(all.Select(r => r.Item.Priority), Is.EqualTo(["stat", "routine"]));
        Assert.That(mine, Is.EqualTo([new WorkRow(
            Samples.Item("routine", Samples.Call, "routine"),
            Samples.Ehr,
            new SiteId("Organization/a"),
            "follow-up",
            "Patient/1")]));
        Assert.That(none, Is.Empty);
    }

    [Test]
    public async Task FindOpen_AfterAChangeWithout_IsEmpty()
    {
        await StartAsync("routine", "Patient/1");
        await _world.Chains.ChangeAsync(Samples.Next(await _world.Chains.RequireAsync("routine")));

        Assert.That(await List.FindOpenAsync(new WorkFilter(), 10, Ct), Is.Empty);
    }

    [Test]
    public async Task FindIncidents_OfLiveAndEndedChains()
    {
        var incident = new ChainCommand.OpenIncident(Samples.Call, new Code("s", "failed", "It failed"));
        var chain = await _world.Chains.StartAsync("k", incident);
        await _world.Chains.ChangeAsync(Samples.Next(chain, new ChainCommand.End()));

        var found = await List.FindIncidentsAsync(10, Ct);

        Assert.That(
            found.Select(i => (i.Chain, i.Incident.Step, i.Incident.Reason, i.Package, i.Patient)),
            Is.EqualTo([(chain.Id, (StepName?)Samples.Call, incident.Reason, "follow-up", "Patient/1")]));
    }

    [Test]
    public async Task Verdicts_AreCountedAndListed()
    {
        var key = new ResourceKey(Samples.Ehr, "Encounter", "1");
        await NoteAsync("1", new MatchVerdict("plan", MatchKind.NotMatched, "too-old", "words"));
        await NoteAsync("2", new MatchVerdict("plan", MatchKind.NotMatched, "too-old", "words"));
        await NoteAsync("3", new MatchVerdict("plan", MatchKind.Started, "started", "words", Samples.IdOf("k")));

        var counts = await List.CountVerdictsAsync(Samples.Ehr, Ct);
        var listed = await List.FindVerdictsAsync(Samples.Ehr, MatchKind.NotMatched, "too-old", 10, Ct);
        var ofOne = await List.FindVerdictsAsync(key, 10, Ct);

        Assert.That(
            counts.Select(c => (c.Kind, c.Reason, c.Count)),
            Is.EqualTo([(MatchKind.NotMatched, "too-old", 2L), (MatchKind.Started, "started", 1L)]));
        Assert.That(listed.Select(v => v.Version), Is.EqualTo(["2", "1"]));
        Assert.That(ofOne[0].Verdict.Chain, Is.EqualTo(Samples.IdOf("k")));
        Assert.That(await List.CountVerdictsAsync(new EhrId("south"), Ct), Is.Empty);

        async Task NoteAsync(string version, MatchVerdict verdict)
        {
            await _world.Inbox.AppendAsync(Samples.Delivery("Encounter/1"), Ct);
            var lease = (await _world.Inbox.ClaimAsync(1, Samples.Lease, Ct))[0];
            await _world.Inbox.FinishAsync(lease, [], [new NotedVerdict(key, version, verdict)], Ct);
        }
    }

    [Test]
    public async Task Quarantined_EntryKeepsItsBytesAndIsCounted()
    {
        var id = await _world.Inbox.AppendAsync(
            Samples.Delivery("Encounter/1") with { Body = new byte[] { 0xFF, 0 } }, Ct);
        var lease = (await _world.Inbox.ClaimAsync(1, Samples.Lease, Ct))[0];
        await _world.Inbox.QuarantineAsync(lease, MatchReasons.Unreadable, "not JSON", Ct);

        var set = await List.FindQuarantinedAsync(10, Ct);
        var counts = await List.CountVerdictsAsync(null, Ct);
        var backlog = await Backlog.ReadAsync(_world.Database.Source, Ct);

        Assert.That(
            set.Select(q => (q.Inbox, q.Reason, q.Words, q.Bytes)), Is.EqualTo([(id, "unreadable", "not JSON", 2)]));
        Assert.That(await List.FindBodyAsync(id, Ct), Is.EqualTo(new byte[] { 0xFF, 0 }));
        Assert.That(counts.Select(c => (c.Kind, c.Count)), Is.EqualTo([(MatchKind.Quarantined, 1L)]));
        Assert.That((backlog.Quarantined, backlog.Inbox), Is.EqualTo((1L, 0L)));
    }

    [Test]
    public async Task Backlog_CountsWhatWaits()
    {
        await _world.Chains.StartAsync(
            "k",
            Samples.Run(Samples.Call),
            new ChainCommand.Publish(1),
            new ChainCommand.SetTimer(Samples.Call, TimerKind.Deadline, Samples.Long),
            new ChainCommand.OpenIncident(null, new Code(null, "held")));
        await _world.Inbox.AppendAsync(Samples.Delivery("Encounter/1"), Ct);

        var backlog = await Backlog.ReadAsync(_world.Database.Source, Ct);

        Assert.That(
            (backlog.Inbox, backlog.JobsDue, backlog.Publishes, backlog.Timers, backlog.Incidents, backlog.LiveChains),
            Is.EqualTo((1L, 1L, 1L, 1L, 1L, 1L)));
        Assert.That(backlog.InboxSince, Is.Not.Null);
        Assert.That(backlog.JobsSince, Is.EqualTo(Samples.Long));
    }

    private async Task StartAsync(string priority, string patient)
    {
        var change = Samples.Start(priority);
        await _world.Chains.ChangeAsync(change with
        {
            Chain = change.Chain with { Patient = patient },
            WorkItems = [Samples.Item(priority, Samples.Call, priority)],
        });
    }
}
