using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Search;
using FhirOrchestrator.Storage.Resources;
using FhirOrchestrator.Tests.Support;

namespace FhirOrchestrator.Tests.Storage.Resources;

[NonParallelizable] // the feed of changes waits for every older transaction of the cluster, other fixtures' too
internal sealed class ResourceStoreTests
{
    private TestDatabase _database = null!;
    private ResourceStore _store = null!;

    [SetUp]
    public async Task Create()
    {
        _database = await TestDatabase.CreateAsync();
        _store = new ResourceStore(_database.Source, "sandbox");
    }

    [TearDown]
    public async Task Drop()
    {
        if (_database is not null)
        {
            await _database.DisposeAsync();
        }
    }

    [Test]
    public async Task Write_LifeOfAResource_KeepsEveryVersion()
    {
        await WriteAsync(new ResourceWrite.Update(Patient("p1", "A")));
        await WriteAsync(new ResourceWrite.Update(Patient("p1", "B")));
        await WriteAsync(new ResourceWrite.Delete("Patient", "p1"));
        await WriteAsync(new ResourceWrite.Update(Patient("p1", "C")));

        var history = await _store.HistoryAsync("Patient", "p1", 10, CancellationToken.None);
        var first = await _store.ReadVersionAsync("Patient", "p1", 1, CancellationToken.None);
        var changes = await _store.ReadChangesAsync(0, 10, CancellationToken.None);
        Assert.Multiple(() =>
        {
            Assert.That(history.Select(each => (each.Version, each.IsDeleted)),
                Is.EqualTo(new[] { (4L, false), (3L, true), (2L, false), (1L, false) }));
            Assert.That(history[0].Read().VersionId, Is.EqualTo("4"));
            Assert.That(history[0].Read().LastUpdated, Is.EqualTo(history[0].LastUpdated));
            Assert.That(first?.Read().Root.Children("name").First().Text("family"), Is.EqualTo("A"));
            Assert.That(changes.Select(each => each.Kind), Is.EqualTo(new[]
            {
                ResourceChangeKind.Created, ResourceChangeKind.Updated, ResourceChangeKind.Deleted,
                ResourceChangeKind.Created,
            }));
        });
    }

    [Test]
    public async Task Write_Deleted_IsFoundNoMore()
    {
        await WriteAsync(new ResourceWrite.Update(Patient("p1", "A")));
        await WriteAsync(new ResourceWrite.Delete("Patient", "p1"));

        var query = SearchQuery.Parse("Patient", "name=a").Query!;
        var page = await _store.SearchAsync(query, null, CancellationToken.None);
        Assert.That(page.Total, Is.Zero);
        Assert.That(await _database.ReadAsync<long>("SELECT count(*) FROM sandbox.search_string"), Is.Zero);
        var outcomes = await WriteAsync(new ResourceWrite.Delete("Patient", "p1"));
        Assert.That(outcomes[0], Is.TypeOf<WriteOutcome.NotFound>());
    }

    [Test]
    public async Task Write_OneRefused_WritesNothing()
    {
        await WriteAsync(new ResourceWrite.Update(Patient("p1", "A")));

        var outcomes = await WriteAsync(
            new ResourceWrite.Update(Patient("p2", "B")), new ResourceWrite.Update(Patient("p1", "C"), IfMatch: 7));
        Assert.Multiple(() =>
        {
            Assert.That(outcomes[0], Is.TypeOf<WriteOutcome.Withheld>());
            Assert.That(outcomes[1], Is.TypeOf<WriteOutcome.PreconditionFailed>());
        });
        Assert.That(await _store.ReadAsync("Patient", "p2", CancellationToken.None), Is.Null);
    }

    [Test]
    public async Task Write_ConditionalCreateFromMany_MakesOne()
    {
        var condition = SearchQuery.Parse("Task", "identifier=urn:x|1").Query!;
        var task = Resource.Create(
            "Task",
            ("identifier", Node.Array(Node.Object(("system", "urn:x"), ("value", "1")))),
            ("status", "requested"));

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ =>
            _store.WriteAsync([new ResourceWrite.Create(task, condition)], CancellationToken.None)));
        var ids = outcomes.Select(each => each[0].Resource?.Id).Distinct().ToList();
        Assert.Multiple(() =>
        {
            Assert.That(outcomes.Count(each => each[0] is WriteOutcome.Created), Is.EqualTo(1));
            Assert.That(outcomes.Count(each => each[0] is WriteOutcome.Existing), Is.EqualTo(15));
            Assert.That(ids, Has.Count.EqualTo(1));
        });
    }

    [Test]
    public async Task Write_SameIdFromMany_CountsEveryVersion()
    {
        await Task.WhenAll(Enumerable.Range(0, 16).Select(at =>
            _store.WriteAsync([new ResourceWrite.Update(Patient("p1", $"N{at}"))], CancellationToken.None)));

        var history = await _store.HistoryAsync("Patient", "p1", 100, CancellationToken.None);
        Assert.That(
            history.Select(each => each.Version),
            Is.EqualTo(Enumerable.Range(1, 16).Reverse().Select(at => (long)at)));
    }

    [Test]
    public async Task Write_IfMatchFromMany_LetsOnePass()
    {
        await WriteAsync(new ResourceWrite.Update(Patient("p1", "A")));

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(at =>
            _store.WriteAsync(
                [new ResourceWrite.Update(Patient("p1", $"N{at}"), IfMatch: 1)], CancellationToken.None)));
        Assert.That(outcomes.Count(each => each[0] is WriteOutcome.Updated), Is.EqualTo(1));
    }

    [Test]
    public async Task Changes_WhileAnOlderTransactionRuns_StopBelowIt()
    {
        var began = new TaskCompletionSource();
        var mayEnd = new TaskCompletionSource();
        var slow = _store.RunAsync(
            async (transaction, ct) =>
            {
                await transaction.WriteAsync([new ResourceWrite.Update(Patient("slow", "S"))], ct);
                began.TrySetResult();
                await mayEnd.Task;
                return (0, true);
            },
            CancellationToken.None);
        await began.Task;
        await WriteAsync(new ResourceWrite.Update(Patient("quick", "Q")));
        var during = await _store.ReadChangesAsync(0, 10, CancellationToken.None);
        mayEnd.SetResult();
        await slow;

        var after = await _store.ReadChangesAsync(0, 10, CancellationToken.None);
        Assert.Multiple(() =>
        {
            Assert.That(during, Is.Empty);
            Assert.That(after.Select(each => each.Id), Is.EqualTo(new[] { "slow", "quick" }));
        });
    }

    [Test]
    public async Task Changes_OfOneTransaction_StandInItsOrder()
    {
        await WriteAsync([.. Enumerable.Range(0, 300).Select(at => new ResourceWrite.Update(Patient($"p{at}", "A")))]);

        var changes = new List<ResourceChange>();
        for (var at = 0L; await _store.ReadChangesAsync(at, 7, CancellationToken.None) is { Count: > 0 } more;)
        {
            changes.AddRange(more);
            at = changes[^1].Position;
        }

        Assert.That(changes.Select(each => each.Id), Is.EqualTo(Enumerable.Range(0, 300).Select(at => $"p{at}")));
        Assert.That(await _store.LastPositionAsync(CancellationToken.None), Is.EqualTo(changes[^1].Position));
    }

    [Test]
    public async Task Instances_PartnerAndSandbox_AreApart()
    {
        await WriteAsync(new ResourceWrite.Update(Patient("p1", "A")));

        var partner = new ResourceStore(_database.Source, "partner");
        Assert.That(await partner.ReadAsync("Patient", "p1", CancellationToken.None), Is.Null);
        Assert.That(() => new ResourceStore(_database.Source, "public"), Throws.ArgumentException);
    }

    [Test]
    public async Task Write_Committed_TellsInThisProcess()
    {
        var told = 0;
        _store.Committed += (_, _) => told++;
        await WriteAsync(new ResourceWrite.Update(Patient("p1", "A")));
        await WriteAsync(new ResourceWrite.Update(Patient("p1", "A"), IfMatch: 9));

        Assert.That(told, Is.EqualTo(1));
    }

    private static Resource Patient(string id, string family) =>
        Resource.Create("Patient", ("id", id), ("name", Node.Array(Node.Object(("family", family)))));

    private Task<WriteOutcome[]> WriteAsync(params ResourceWrite[] writes) =>
        _store.WriteAsync(writes, CancellationToken.None);
}
