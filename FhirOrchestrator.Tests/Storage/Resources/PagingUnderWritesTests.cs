using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Search;
using FhirOrchestrator.Storage.Resources;
using FhirOrchestrator.Tests.Support;

namespace FhirOrchestrator.Tests.Storage.Resources;

/// <summary>
/// Pages while others write: what exists and matches throughout is given exactly once, whatever the order.
/// </summary>
internal sealed class PagingUnderWritesTests
{
    private const int Lasting = 60;

    private TestDatabase _database = null!;
    private ResourceStore _store = null!;

    [OneTimeSetUp]
    public async Task Open()
    {
        _database = await TestDatabase.CreateAsync();
        _store = new ResourceStore(_database.Source, "sandbox");
    }

    [OneTimeTearDown]
    public async Task Close() => await _database.DisposeAsync();

    [TestCase("", 1)]
    [TestCase("_sort=_id", 2)]
    [TestCase("_sort=-_id", 3)]
    [TestCase("_sort=_lastUpdated", 4)]
    [TestCase("_sort=-_lastUpdated", 5)]
    [TestCase("_sort=family", 6)]
    [TestCase("_sort=-birthdate,family", 7)]
    public async Task Pages_WithWritesBetweenThem_GiveEachLastingResourceOnce(string sort, int seed)
    {
        var random = new Random(seed);
        var tag = $"lasting-{seed}";
        await _store.WriteAsync(
            [.. Enumerable.Range(0, Lasting).Select(at => Write($"s{seed}-{at}", tag, random))],
                CancellationToken.None);
        var query = SearchQuery.Parse("Patient", $"_tag={tag}&_count=7&{sort}").Query!;

        var seen = new List<string>();
        PageCursor? after = null;
        var number = 0;
        do
        {
            var page = await _store.SearchAsync(query, after, CancellationToken.None);
            seen.AddRange(page.Entries.Select(each => each.Id));
            after = page.Next is { } next ? PageCursor.Decode(next.Encode(), query.Sort.Length) : null;
            number++;

            // Others come, go, and change what the pages are sorted by.
            var writes = new List<ResourceWrite>
            {
                Write($"s{seed}-new{number}", tag, random),
                new ResourceWrite.Delete("Patient", $"s{seed}-new{number - 1}"),
            };
            writes.AddRange(Enumerable.Range(0, Lasting).Where(_ => random.Next(4) == 0)
                .Select(at => Write($"s{seed}-{at}", tag, random)));
            await _store.WriteAsync(writes, CancellationToken.None);
        }
        while (after is not null);

        var lasting = Enumerable.Range(0, Lasting).Select(at => $"s{seed}-{at}").ToHashSet();
        Assert.Multiple(() =>
        {
            Assert.That(seen.Where(lasting.Contains), Is.EquivalentTo(lasting), "each once");
            Assert.That(seen, Is.Unique);
            Assert.That(number, Is.GreaterThan(5));
        });
    }

    [Test]
    public async Task History_WithWritesBetweenPages_GivesEachOldVersionOnce()
    {
        var random = new Random(8);
        for (var round = 0; round < 5; round++)
        {
            await _store.WriteAsync(
                [.. Enumerable.Range(0, 6).Select(at => Write($"h{at}", "history", random, "Practitioner"))],
                CancellationToken.None);
        }

        var query = new HistoryQuery("Practitioner", "") { Count = 4 };
        var seen = new List<(string, long)>();
        while (true)
        {
            var page = await _store.Reads.HistoryAsync(query, CancellationToken.None);
            seen.AddRange(page.Versions.Select(each => (each.Id, each.Version)));
            await _store.WriteAsync([Write("h0", "history", random, "Practitioner")], CancellationToken.None);
            if (page.Next is null)
            {
                break;
            }

            query = query with { After = page.Next };
        }

        Assert.That(seen, Is.Unique);
        Assert.That(
            seen,
            Is.EquivalentTo(Enumerable.Range(0, 6)
                .SelectMany(at => Enumerable.Range(1, 5).Select(v => ($"h{at}", (long)v)))));
    }

    [Test]
    public async Task Snapshot_NoLongerKept_IsToldSo()
    {
        var query = SearchQuery.Parse("Patient", "_sort=family&_count=2").Query!;

        var fault = await Assert.ThrowsAsync<SearchFaultException>(() =>
            _store.SearchAsync(query, PageCursor.InSnapshot(Guid.NewGuid(), 2), CancellationToken.None));

        Assert.That(fault!.Message, Does.Contain("search again"));
    }

    private static ResourceWrite.Update Write(string id, string tag, Random random, string type = "Patient") =>
        new(Resource.Create(
            type,
            ("id", id),
            ("meta", Node.Object(("tag", Node.Array(Node.Object(("code", tag)))))),
            ("name", Node.Array(Node.Object(("family", $"N{random.Next(9)}")))),
            ("birthDate", random.Next(5) == 0 ? null : $"19{random.Next(10, 99)}-01-01")));
}
