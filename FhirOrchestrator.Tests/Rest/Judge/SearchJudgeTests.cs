using System.IO.Compression;
using System.Text;
using System.Text.Json;
using FhirOrchestrator.Fhir.Definitions;
using FhirOrchestrator.Fhir.Search;
using FhirOrchestrator.Tests.Support;

namespace FhirOrchestrator.Tests.Rest.Judge;

/// <summary>
/// Synthetic patients over HTTP, each bundle one transaction, and then hundreds of searches whose totals code that
/// knows nothing of the product counts from the JSON.
/// </summary>
internal sealed class SearchJudgeTests
{
    [Test]
    public Task Totals_OfSixPatients_AreThoseOfPlainCode() => JudgeAsync(6);

    [Test, Explicit("takes minutes: all 100 patients")]
    public Task Totals_OfAllPatients_AreThoseOfPlainCode() => JudgeAsync(100);

    private static async Task JudgeAsync(int patients)
    {
        var files = Directory.EnumerateFiles(
            SharedFolder.Path("data/synthea/smart-100/bundles"), "*.json.gz").Order(StringComparer.Ordinal)
                .Take(patients);
        await using var server = await FhirServerFixture.StartAsync();
        foreach (var file in files.ToList())
        {
            using var gzip = new GZipStream(File.OpenRead(file), CompressionMode.Decompress);
            using var text = new StreamReader(gzip, Encoding.UTF8);
            var answer = await server.SendAsync("POST", "", await text.ReadToEndAsync());
            Assert.That(answer.Code, Is.EqualTo(200), answer.Words);
        }

        var chart = new NaiveChart(await ReadAllAsync(server));
        var (asked, nothing, wrong) = (0, 0, new List<string>());
        foreach (var (type, query, test) in JudgedSearches.All(chart))
        {
            var expected = chart.Count(type, test);
            var url = string.Join('&', query.Split('&').Select(Encoded));
            var answer = await server.SendAsync("GET", $"{type}?{url}&_summary=count");
            var got = answer.Code == 200 ? answer.Body!.Root["total"]!.ToString() : $"{answer.Code} {answer.Words}";
            asked++;
            nothing += expected == 0 ? 1 : 0;
            if (got != $"{expected}")
            {
                wrong.Add($"{type}?{query}: expected {expected}, got {got}");
            }
        }

        await TestContext.Out.WriteLineAsync($"{asked - wrong.Count} of {asked} totals are right; {nothing} of them 0");
        Assert.That(wrong, Is.Empty, string.Join('\n', wrong.Take(30)));
        Assert.That(asked, Is.GreaterThan(400));
    }

    private static string Encoded(string pair)
    {
        var equals = pair.IndexOf('=', StringComparison.Ordinal);
        return $"{pair[..equals]}={Uri.EscapeDataString(pair[(equals + 1)..])}";
    }

    private static async Task<List<JsonElement>> ReadAllAsync(FhirServerFixture server)
    {
        var all = new List<JsonElement>();
        foreach (var type in FhirDefinitions.R4.ResourceTypes)
        {
            var query = SearchQuery.Parse(type, "_count=1000").Query!;
            FhirOrchestrator.Storage.Resources.PageCursor? after = null;
            do
            {
                var page = await server.Store.SearchAsync(query, after, CancellationToken.None);
                all.AddRange(page.Entries.Select(each => JsonElement.Parse(each.Body.Span)));
                after = page.Next;
            }
            while (after is not null);
        }

        return all;
    }
}
