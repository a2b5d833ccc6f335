using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Search;
using FhirOrchestrator.Tests.Rest;
using FhirOrchestrator.Tests.Support;

namespace FhirOrchestrator.Tests.Corpus;

/// <summary>
/// The searches of fhir-candle's tests with their expected counts: every case in memory and by the store's SQL, and
/// those without a patient's launch scope over HTTP too. <c>Corpus/search-known-gaps.json</c> names what fails; a
/// search named there must fail, any other must pass, so that the list only shrinks.
/// </summary>
internal sealed class CandleSearchTests
{
    private const string Folder = "data/search/fhir-candle";

    private FhirServerFixture _server = null!;
    private IReadOnlyList<CandleCase> _cases = [];
    private SearchReading _reading = SearchReading.Plain;

    [OneTimeSetUp]
    public async Task Load()
    {
        var folder = SharedFolder.Path(Folder);
        _cases = CandleCase.Read(await File.ReadAllBytesAsync(Path.Combine(folder, "cases.json")));
        _server = await FhirServerFixture.StartAsync();
        foreach (var file in Directory.EnumerateFiles(Path.Combine(folder, "data"), "*.json"))
        {
            var json = await File.ReadAllTextAsync(file);
            var resource = Resource.Read(await File.ReadAllBytesAsync(file)).Value!;
            var answer = resource.Type == "Bundle"
                ? await _server.SendAsync("POST", "", json)
                : await _server.SendAsync("PUT", resource.Path, json);
            Assert.That(answer.Code, Is.AnyOf(200, 201), $"{Path.GetFileName(file)}: {answer.Words}");
        }

        _reading = new SearchReading
        {
            OwnBase = _server.Base,
            Catalogs = await _server.Store.CatalogsAsync(CancellationToken.None),
        };
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }

    [Test]
    public Task Searches_BySql_GiveTheCounts() => RunAsync(_cases, async each =>
    {
        if (each.Query(_reading) is not { } query)
        {
            return (0, 0);
        }

        var page = await _server.Store.SearchAsync(query, null, CancellationToken.None);
        return (page.Total, page.Entries.Length + page.Included.Length);
    });

    [Test]
    public async Task Searches_InMemory_GiveTheCounts()
    {
        var all = new List<Resource>();
        foreach (var type in (string[])["Patient", "Observation", "Claim", "SearchParameter", "CompartmentDefinition"])
        {
            var page = await _server.Store.SearchAsync(
                SearchQuery.Parse(type, "_count=1000").Query!, null, CancellationToken.None);
            all.AddRange(page.Entries.Select(each => each.Read()));
        }

        var memory = new MemorySearch(all, _reading.Catalogs);
        await RunAsync(_cases, each =>
        {
            if (each.Query(_reading) is not { } query)
            {
                return Task.FromResult<(long?, int)>((0, 0));
            }

            var found = memory.Find(query).ToList();
            return Task.FromResult<(long?, int)>((found.Count, found.Count + memory.Include(query, found).Count));
        });
    }

    [Test]
    public Task Searches_OverHttp_GiveTheCounts() => RunAsync(
        [.. _cases.Where(each => each.Scope is null)],
        async each =>
        {
            var answer = await _server.SendAsync("GET", each.Url);
            Assert.That(answer.Code, Is.EqualTo(200), $"{each}: {answer.Words}");
            return (long.Parse(answer.Body!.Root["total"]!.ToString(), null), answer.Entries.Count);
        });

    private static async Task RunAsync(
        IReadOnlyList<CandleCase> cases, Func<CandleCase, Task<(long? Total, int Entries)>> ask)
    {
        var gaps = ReadGaps();
        var wrong = new List<string>();
        var passed = 0;
        foreach (var each in cases)
        {
            var (total, entries) = await ask(each);
            var isRight = total == each.Total && (each.Entries is not { } count || entries == count);
            passed += isRight ? 1 : 0;
            if (isRight == gaps.Contains(each.ToString()))
            {
                wrong.Add($"{each}: expected {each.Total} ({each.Entries}), got {total} ({entries})");
            }
        }

        await TestContext.Out.WriteLineAsync($"{passed} of {cases.Count} searches pass");
        Assert.That(wrong, Is.Empty, string.Join('\n', wrong));
    }

    private static HashSet<string> ReadGaps()
    {
        var path = Path.Combine(FolderOfTests(), "Corpus", "search-known-gaps.json");
        return JsonText.Read(File.ReadAllBytes(path)).Value is ObjectNode gaps
            ? [.. gaps.Members.Select(member => member.Name)]
            : throw new InvalidOperationException("expected an object of known gaps, got none");
    }

    private static string FolderOfTests([System.Runtime.CompilerServices.CallerFilePath] string here = "") =>
        Path.GetDirectoryName(Path.GetDirectoryName(here)) ?? ".";
}
