using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Search;
using FhirOrchestrator.Storage.Resources;
using FhirOrchestrator.Tests.Fhir.Search;
using FhirOrchestrator.Tests.Support;

namespace FhirOrchestrator.Tests.Storage.Resources;

internal sealed class ResourceStoreSearchTests
{
    private TestDatabase _database = null!;
    private ResourceStore _store = null!;

    [OneTimeSetUp]
    public async Task Load()
    {
        _database = await TestDatabase.CreateAsync();
        _store = new ResourceStore(_database.Source, "sandbox");
        await _store.WriteAsync([.. SearchCases.Resources.Select(each => new ResourceWrite.Update(each))],
            CancellationToken.None);
        await _store.WriteAsync(
            [.. Enumerable.Range(0, 25).Select(at => new ResourceWrite.Update(Resource.Create(
                "Organization",
                ("id", $"o{at:00}"),
                ("name", at % 5 == 4 ? null : $"Name {at % 3}"))))],
            CancellationToken.None);
    }

    [OneTimeTearDown]
    public async Task Drop()
    {
        if (_database is not null)
        {
            await _database.DisposeAsync();
        }
    }

    [TestCaseSource(typeof(SearchCases), nameof(SearchCases.All))]
    public async Task Search_Case_FindsTheIds(string type, string query, string ids)
    {
        var parsed = SearchQuery.Parse(type, query, "http://own.example/fhir").Query!;

        var page = await _store.SearchAsync(parsed, null, CancellationToken.None);
        Assert.Multiple(() =>
        {
            Assert.That(string.Join(' ', page.Entries.Select(each => each.Id).Order()), Is.EqualTo(ids));
            Assert.That(page.Total, Is.EqualTo(page.Entries.Length));
        });
    }

    [TestCase("")]
    [TestCase("_sort=_id")]
    [TestCase("_sort=-_id")]
    [TestCase("_sort=name")]
    [TestCase("_sort=-name")]
    [TestCase("_sort=name,-_id")]
    [TestCase("_sort=-name,_lastUpdated")]
    [TestCase("_sort=_lastUpdated")]
    [TestCase("_sort=-address,name")]
    public async Task Search_PageByPage_SkipsNothingAndRepeatsNothing(string sort)
    {
        var query = SearchQuery.Parse("Organization", $"_count=4&{sort}").Query!;
        var whole = await _store.SearchAsync(query with { Count = 100 }, null, CancellationToken.None);

        var ids = new List<string>();
        PageCursor? after = null;
        do
        {
            var page = await _store.SearchAsync(query, after, CancellationToken.None);
            ids.AddRange(page.Entries.Select(each => each.Id));
            after = page.Next is { } next ? PageCursor.Decode(next.Encode(), query.Sort.Length) : null;
        }
        while (after is not null);

        Assert.That(ids, Is.EqualTo(whole.Entries.Select(each => each.Id)));
        Assert.That(ids, Has.Count.EqualTo(25));
    }

    [Test]
    public async Task Search_SortByName_PutsTheNamelessLastInEitherDirection()
    {
        foreach (var sort in (string[])["name", "-name"])
        {
            var page = await _store.SearchAsync(
                SearchQuery.Parse("Organization", $"_sort={sort},_id").Query!, null, CancellationToken.None);
            Assert.That(page.Entries.TakeLast(5).Select(each => each.Id),
                Is.EqualTo(new[] { "o04", "o09", "o14", "o19", "o24" }));
            Assert.That(page.Entries[0].Id, Is.EqualTo(sort == "name" ? "o00" : "o02"));
        }
    }

    [Test]
    public async Task Search_CountOnly_GivesOnlyTheTotal()
    {
        var page = await _store.SearchAsync(
            SearchQuery.Parse("Organization", "name:contains=1&_summary=count").Query!, null, CancellationToken.None);

        Assert.Multiple(() =>
        {
            Assert.That(page.Entries, Is.Empty);
            Assert.That(page.Total, Is.EqualTo(6));
        });
    }

    [Test]
    public async Task Search_LongTexts_AreFoundAll()
    {
        var text = new string('x', 5000);
        await _store.WriteAsync(
            [new ResourceWrite.Create(Resource.Create(
                "Location",
                ("name", text),
                ("identifier", Node.Array(Node.Object(("system", text), ("value", text))))))],
            CancellationToken.None);

        foreach (var query in
            (string[])[$"name={text}", $"name:exact={text}", $"identifier={text}|{text}", $"name={text[..4000]}"])
        {
            var page = await _store.SearchAsync(SearchQuery.Parse("Location", query).Query!, null,
                CancellationToken.None);
            Assert.That(page.Entries, Has.Length.EqualTo(1));
        }
    }

    [Test]
    public async Task Search_MutatedStrings_EndInAPage()
    {
        const int seed = 20261122;
        var random = new Random(seed);
        var samples = SearchCases.All().Select(each => ((string)each.Arguments[0]!, (string)each.Arguments[1]!))
            .ToList();
        var reading = new SearchReading { OwnBase = "http://own.example/fhir", Now = DateTimeOffset.UnixEpoch };
        var asked = 0;
        for (var round = 0; round < 800; round++)
        {
            var (type, text) = samples[random.Next(samples.Count)];
            text = MutatedSearches.Mutate(text, samples[random.Next(samples.Count)].Item2, random);
            if (SearchQuery.Parse(type, text, reading).Succeeded(out var query, out _))
            {
                asked++;
                try
                {
                    await _store.SearchAsync(query, null, CancellationToken.None);
                }
                catch (Npgsql.PostgresException broken)
                {
                    Assert.Fail($"seed {seed}, round {round}: {type}?{text}: {broken.Message}");
                }
            }
        }

        Assert.That(asked, Is.GreaterThan(100));
    }

    [Test]
    public async Task Search_RowsOfAnOlderRelease_AreMadeAnewAtTheFirstUse()
    {
        await using var database = await TestDatabase.CreateAsync();
        await new ResourceStore(database.Source, "sandbox").WriteAsync(
            [.. SearchCases.Resources.Select(each => new ResourceWrite.Update(each))], CancellationToken.None);
        await using (var older = database.Source.CreateCommand(
            "DELETE FROM sandbox.search_token; UPDATE sandbox.search_state SET rows_version = 0"))
        {
            await older.ExecuteNonQueryAsync();
        }

        var store = new ResourceStore(database.Source, "sandbox");
        foreach (var query in SearchCases.Queries("http://own.example/fhir").Take(40))
        {
            var page = await store.SearchAsync(query, null, CancellationToken.None);
            Assert.That(
                page.Entries.Select(each => each.Id),
                Is.EquivalentTo(new MemorySearch(SearchCases.Resources).Find(query).Select(each => each.Id)));
        }
    }

    [Test]
    public async Task Search_MostValues_IsCarriedOut()
    {
        var many = string.Join('&', Enumerable.Range(0, 4).Select(at =>
            "length=" + string.Join(',', Enumerable.Range(0, 500).Select(value => $"gt{value + (at * 500)}||min"))));
        var query = SearchQuery.Parse("Encounter", many).Query!;

        var page = await _store.SearchAsync(query, null, CancellationToken.None);

        Assert.That(page.Total, Is.Zero, "no stay is longer than 1,500 minutes");
        Assert.That(SearchQuery.Parse("Encounter", many + "&length=1").Problem?.Code, Is.EqualTo("too-costly"));
    }
}
