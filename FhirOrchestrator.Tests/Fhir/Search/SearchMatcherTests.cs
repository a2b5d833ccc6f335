using FhirOrchestrator.Fhir.Search;

namespace FhirOrchestrator.Tests.Fhir.Search;

internal sealed class SearchMatcherTests
{
    [TestCaseSource(typeof(SearchCases), nameof(SearchCases.All))]
    public void Matcher_Case_FindsTheIds(string type, string query, string ids)
    {
        var parsed = SearchQuery.Parse(type, query, "http://own.example/fhir");

        Assert.That(parsed.Problem, Is.Null);
        var all = new MemorySearch(SearchCases.Resources).Find(parsed.Query!).Select(each => each.Id).Order();
        Assert.That(string.Join(' ', all), Is.EqualTo(ids));
        if (parsed.Query!.WhyNoCriteria() is null)
        {
            var alone = SearchCases.Resources.Where(each => SearchMatcher.Matches(parsed.Query!, each))
                .Select(each => each.Id).Order();
            Assert.That(string.Join(' ', alone), Is.EqualTo(ids), "one by one, as for a Subscription's criteria");
        }
    }

    [Test]
    public void Matcher_LastUpdated_ComparesMilliseconds()
    {
        var resource = SearchCases.Resources[0].WithVersion(
            "1", DateTimeOffset.Parse("2024-01-01T00:00:00.500Z", null));

        bool Matches(string query) => SearchMatcher.Matches(SearchQuery.Parse("Patient", query).Query!, resource);
        Assert.Multiple(() =>
        {
            Assert.That(Matches("_lastUpdated=gt2024-01-01T00:00:00.499Z"), Is.True);
            Assert.That(Matches("_lastUpdated=gt2024-01-01T00:00:00.500Z"), Is.False);
            Assert.That(Matches("_lastUpdated=ge2024-01-01T00:00:00.500Z"), Is.True);
            Assert.That(Matches("_lastUpdated=lt2024-01-01T00:00:01Z"), Is.True);
            Assert.That(Matches("_lastUpdated=2024-01-01"), Is.True);
        });
    }

    [Test]
    public void Catalog_AllTypes_CompilesEveryExpressionAndNoNumberTwice()
    {
        var all = FhirOrchestrator.Fhir.Definitions.FhirDefinitions.R4.ResourceTypes
            .SelectMany(type => SearchCatalog.For(type).All).ToList();

        Assert.Multiple(() =>
        {
            Assert.That(all, Has.Count.GreaterThan(1500));
            Assert.That(all.SelectMany(each => new[] { each }.Concat(each.Parts))
                .SelectMany(each => Enum.GetValues<SearchAspect>().Select(each.NumberOf)), Is.Unique);
        });
        TestContext.Out.WriteLine($"{all.Count} search parameters of 146 types");
    }
}
