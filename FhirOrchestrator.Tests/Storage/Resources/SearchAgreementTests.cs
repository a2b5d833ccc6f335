using FhirOrchestrator.Fhir.Search;
using FhirOrchestrator.Storage.Resources;
using FhirOrchestrator.Tests.Fhir.Search;
using FhirOrchestrator.Tests.Support;

namespace FhirOrchestrator.Tests.Storage.Resources;

/// <summary>Random searches over random resources: memory, the store's SQL and criteria sets find the same.</summary>
internal sealed class SearchAgreementTests
{
    private const int Seed = 20261120;

    [Test]
    public Task Search_Random_FindsTheSameInMemoryAndBySql() => AgreeAsync(Seed, 150, 400);

    [Test, Explicit("takes minutes: many seeds")]
    public async Task Search_RandomManySeeds_FindsTheSameInMemoryAndBySql()
    {
        for (var seed = 0; seed < 50; seed++)
        {
            await AgreeAsync(seed, 200, 2_000);
        }
    }

    private static async Task AgreeAsync(int seed, int resourceCount, int searchCount)
    {
        await using var database = await TestDatabase.CreateAsync();
        var store = new ResourceStore(database.Source, "sandbox");
        var random = new RandomSearches(seed);
        await store.WriteAsync(
            [.. random.Resources(resourceCount).Select(each => new ResourceWrite.Update(each))],
                CancellationToken.None);
        var reading = new SearchReading
        {
            OwnBase = "http://own",
            Now = new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero),
        };
        var stored = new List<FhirOrchestrator.Fhir.Json.Resource>();
        foreach (var type in (string[])["Patient", "Encounter", "Observation", "Task", "ValueSet"])
        {
            var page = await store.SearchAsync(
                SearchQuery.Parse(type, "_count=1000").Query!, null, CancellationToken.None);
            stored.AddRange(page.Entries.Select(each => each.Read()));
        }

        var memory = new MemorySearch(stored);
        var (someFound, alone) = (0, new List<(SearchQuery, List<string>)>());
        for (var round = 0; round < searchCount; round++)
        {
            var query = random.Query(reading) with { Count = 1000 };
            var expected = memory.Find(query).Select(each => each.Id!).Order(StringComparer.Ordinal).ToList();
            var page = await store.SearchAsync(query, null, CancellationToken.None);
            Assert.That(
                page.Entries.Select(each => each.Id).Order(StringComparer.Ordinal),
                Is.EqualTo(expected),
                $"seed {seed}, round {round}: {query.Type}?{query.ToQueryString()}");
            Assert.That(page.Total, Is.EqualTo(expected.Count));
            someFound += expected.Count > 0 ? 1 : 0;
            if ((query with { Count = null }).WhyNoCriteria() is null)
            {
                alone.Add((query with { Count = null }, expected));
            }
        }

        var set = new CriteriaSet<int>(alone.Select((each, at) => (at, each.Item1)));
        var matched = stored.SelectMany(each => set.Match(each).Select(at => (at, each.Id!))).ToLookup(
            each => each.at, each => each.Item2);
        for (var at = 0; at < alone.Count; at++)
        {
            Assert.That(
                matched[at].Order(StringComparer.Ordinal), Is.EqualTo(alone[at].Item2),
                $"seed {seed}, as criteria: {alone[at].Item1.Type}?{alone[at].Item1.ToQueryString()}");
        }

        await TestContext.Out.WriteLineAsync(
            $"seed {seed}: {searchCount} searches agree, {someFound} of them find something, "
            + $"{alone.Count} as criteria");
    }
}
