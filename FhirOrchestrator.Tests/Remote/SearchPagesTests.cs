using FhirOrchestrator.Remote;
using FhirOrchestrator.Tests.Support;

namespace FhirOrchestrator.Tests.Remote;

internal sealed class SearchPagesTests
{
    [Test]
    public async Task Pages_NextLinks_AreFollowedToTheEnd()
    {
        using var ehr = new ScriptedEhr(sent => sent.PathAndQuery switch
        {
            "/fhir/Task?status=ready" => Page("https://ehr.example/fhir?page=2"),
            "/fhir?page=2" => Page("Task?page=3"),
            _ => Page(null),
        });
        using var client = ehr.Client();

        var pages = await Collect(client, "Task?status=ready");

        Assert.That(pages.Select(page => page.Outcome), Is.All.EqualTo(FhirOutcome.Ok));
        Assert.That(pages, Has.Count.EqualTo(3));
    }

    [TestCase("https://evil.example/fhir?page=2")]
    [TestCase("https://ehr.example/other?page=2")]
    [TestCase("http://ehr.example/fhir?page=2")]
    public async Task Pages_NextLinkElsewhere_EndsIncomplete(string link)
    {
        using var ehr = new ScriptedEhr(_ => Page(link));
        using var client = ehr.Client();

        var pages = await Collect(client, "Task");

        Assert.That(pages[^1].Outcome, Is.EqualTo(FhirOutcome.Refused));
        Assert.That(ehr.Seen, Has.Length.EqualTo(1));
    }

    [Test]
    public async Task Pages_InACircle_EndIncomplete()
    {
        using var ehr = new ScriptedEhr(_ => Page("https://ehr.example/fhir?page=2"));
        using var client = ehr.Client();

        var pages = await Collect(client, "Task");

        Assert.That(pages[^1].Outcome, Is.EqualTo(FhirOutcome.Refused));
        Assert.That(ehr.Seen, Has.Length.EqualTo(2));
    }

    [Test]
    public async Task Pages_WithoutEnd_AreBounded()
    {
        var page = 0;
        using var ehr = new ScriptedEhr(_ => Page($"https://ehr.example/fhir?page={page++}"));
        using var client = ehr.Client(limits: new RemoteLimits { PagesMax = 5 });

        var pages = await Collect(client, "Task");

        Assert.That(pages[^1].Words, Is.EqualTo("GET Task: expected at most 5 pages, got more"));
        Assert.That(ehr.Seen, Has.Length.EqualTo(5));
    }

    private static HttpResponseMessage Page(string? next) => ScriptedEhr.Json(200, next is null
        ? """{"resourceType":"Bundle","type":"searchset"}"""
        : $$"""{"resourceType":"Bundle","type":"searchset","link":[{"relation":"next","url":"{{next}}"}]}""");

    private static async Task<List<FhirReply>> Collect(EhrClient client, string query)
    {
        var pages = new List<FhirReply>();
        await foreach (var page in client.SearchPagesAsync(query, default))
        {
            pages.Add(page);
        }

        return pages;
    }
}
