using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Tests.Rest;
using FhirOrchestrator.Tests.Support;

namespace FhirOrchestrator.Tests.Corpus;

/// <summary>
/// The searches of fhir-candle's tests with their expected counts, over HTTP, against
/// <c>Corpus/search-known-gaps.json</c>: a search named there must fail, any other must pass, so that the list only
/// shrinks. Cases with a patient's launch scope or a compartment are counted, not run: both need what this server has
/// not.
/// </summary>
internal sealed class CandleSearchTests
{
    private const string Folder = "data/search/fhir-candle";

    [Test]
    public async Task Searches_AgainstKnownGaps_OnlyTheGapsFail()
    {
        var folder = SharedFolder.Path(Folder);
        var gaps = ReadGaps();
        await using var server = await FhirServerFixture.StartAsync();
        await LoadAsync(server, Path.Combine(folder, "data"));

        var cases = ((ObjectNode)JsonText.Read(await File.ReadAllBytesAsync(Path.Combine(folder, "cases.json"))).Value!)
            .Children("cases").ToList();
        var run = cases.Where(each => each["patientScope"] is null && each["compartment"] is null).ToList();
        var wrong = new List<string>();
        var failed = 0;
        foreach (var each in run)
        {
            var search = $"{each.Text("type")}?{each.Text("query")}";
            var got = await AskAsync(server, search);
            var isRight = got == each["total"]!.ToString() && each["entries"] is null;
            failed += isRight ? 0 : 1;
            if (isRight == gaps.Contains(search))
            {
                wrong.Add($"{search}: expected {each["total"]}, got {got}");
            }
        }

        await TestContext.Out.WriteLineAsync(
            $"{run.Count - failed} of {run.Count} searches pass, {failed} known gaps; "
            + $"{cases.Count - run.Count} of patient scopes and compartments left out");
        Assert.That(wrong, Is.Empty, string.Join('\n', wrong));
    }

    private static async Task<string> AskAsync(FhirServerFixture server, string search)
    {
        // The file's queries are not percent-encoded.
        var mark = search.IndexOf('?', StringComparison.Ordinal);
        var query = string.Join('&', search[(mark + 1)..].Split('&').Select(pair =>
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            return $"{Uri.EscapeDataString(pair[..equals])}={Uri.EscapeDataString(pair[(equals + 1)..])}";
        }));
        var answer = await server.SendAsync("GET", $"{search[..mark]}?{query}");
        return answer.Code == 200 ? answer.Body!.Root["total"]!.ToString() : $"{answer.Code} {answer.Words}";
    }

    private static async Task LoadAsync(FhirServerFixture server, string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder, "*.json").Order(StringComparer.Ordinal))
        {
            var resource = Resource.Read(await File.ReadAllBytesAsync(file)).Value!;
            if (resource.Type is "SearchParameter" or "CompartmentDefinition")
            {
                continue;
            }

            // The guide's bundle says ifNoneMatch where it means ifNoneExist; this server refuses the former on a POST.
            var json = resource.Root.ToString().Replace("\"ifNoneMatch\"", "\"ifNoneExist\"", StringComparison.Ordinal);
            var answer = resource.Type == "Bundle"
                ? await server.SendAsync("POST", "", json)
                : await server.SendAsync("PUT", resource.Path, json);
            Assert.That(answer.Code, Is.AnyOf(200, 201), $"{Path.GetFileName(file)}: {answer.Words}");
        }
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
