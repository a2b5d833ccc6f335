using FhirOrchestrator.Worklist.Pages;

namespace FhirOrchestrator.Tests.Worklist;

/// <summary>clinical.md, "What a coordinator must see to act safely": every row.</summary>
internal sealed class ListPageTests
{
    [Test]
    public async Task Row_DischargedPatient_ShowsWhatACoordinatorMustSee()
    {
        var page = await Html.RenderAsync<ListPage>(Rows.List(Rows.Row()));
        var row = page.QuerySelector("tbody tr");
        Assert.That(row, Is.Not.Null);
        string[] must =
        [
            "Work, Ida Maria", "1961-02-03", "MRN 77 (City hospital)", "Bed 2B-2-B", "Discharged", "20 Nov 11:00 UTC",
            "Call the patient", "Does the patient feel well?", "Discharge follow-up", "Follow-up nurse", "unassigned",
            "5 h left", "20 Nov 17:00 UTC", "20 Nov 11:59 UTC", "open",
        ];
        Assert.Multiple(() =>
        {
            foreach (var seen in must)
            {
                Assert.That(row?.TextContent, Does.Contain(seen));
            }

            Assert.That(row?.QuerySelector("a[href^='https://ehr.example']"), Is.Not.Null, "link to the chart");
            Assert.That(row?.ClassList, Does.Not.Contain("stop"));
            Assert.That(row?.QuerySelector(".priority"), Is.Null);
        });
    }

    [Test]
    public async Task Row_Deceased_IsUnmistakable()
    {
        var patient = Rows.Patient.Replace("\"id\":", "\"deceasedBoolean\":true,\"id\":", StringComparison.Ordinal);
        var page = await Html.RenderAsync<ListPage>(Rows.List(Rows.Row(Rows.Chain(patient))));
        Assert.That(page.QuerySelector("tr.stop .banner.urgent")?.TextContent, Does.Contain("Deceased"));
    }

    [TestCase("urgent", "Urgent")]
    [TestCase("asap", "As soon as possible")]
    [TestCase("stat", "At once")]
    public async Task Row_PriorityOfTheTask_InWords(string code, string words)
    {
        var page = await Html.RenderAsync<ListPage>(Rows.List(Rows.Row(context: Rows.Context(code))));
        Assert.That(page.QuerySelector(".priority")?.TextContent, Is.EqualTo(words));
    }

    [Test]
    public async Task Row_Overdue_SaysSoInRowAndSummary()
    {
        var page = await Html.RenderAsync<ListPage>(Rows.List(Rows.Row(due: Rows.Now.AddHours(-3))));
        Assert.That(page.QuerySelector("td.overdue")?.TextContent, Does.Contain("3 h overdue"));
        Assert.That(page.QuerySelector("caption")?.TextContent, Does.Contain("1 task, 1 overdue"));
    }

    [Test]
    public async Task Row_EhrInTrouble_IsRed()
    {
        var row = Rows.Row(context: Rows.Context(problem: "no answer"));
        var page = await Html.RenderAsync<ListPage>(Rows.List(row) with { Notices = ["EHR city: no answer."] });
        Assert.That(page.QuerySelector("td.unreachable")?.TextContent, Does.Contain("EHR in trouble"));
        Assert.That(
            page.QuerySelector("p.banner.urgent[role=alert]")?.TextContent, Does.Contain("EHR city: no answer."));
    }

    [Test]
    public async Task Row_StaleData_IsMarked()
    {
        var page = await Html.RenderAsync<ListPage>(
            Rows.List(Rows.Row(Rows.Chain(readAt: Rows.Now.AddMinutes(-16)))));
        Assert.That(page.QuerySelector("td.stale"), Is.Not.Null);
        Assert.That(page.QuerySelector(".banner:not(.urgent)")?.TextContent, Does.Contain("older than 15 minutes"));
    }

    [Test]
    public async Task Page_ItsStructure_ServesKeyboardAndScreenReader()
    {
        var page = await Html.RenderAsync<ListPage>(Rows.List(Rows.Row()));
        Assert.Multiple(() =>
        {
            Assert.That(page.DocumentElement.GetAttribute("lang"), Is.EqualTo("en"));
            Assert.That(page.Title, Does.StartWith("Worklist"));
            Assert.That(page.QuerySelectorAll("h1"), Has.Length.EqualTo(1));
            Assert.That(page.QuerySelectorAll("th:not([scope])"), Is.Empty);
            Assert.That(page.QuerySelector("a.skip")?.GetAttribute("href"), Is.EqualTo("#content"));
            Assert.That(page.QuerySelector("main#content"), Is.Not.Null);
            Assert.That(
                page.QuerySelectorAll("script, style, [style], [onclick]"), Is.Empty, "the policy forbids them");
            foreach (var field in page.QuerySelectorAll("input:not([type=hidden]), select"))
            {
                Assert.That(field.Closest("label"), Is.Not.Null, $"a label of {field.GetAttribute("name")}");
            }
        });
    }

    [Test]
    public async Task Page_Filters_AreInTheUrl()
    {
        var page = await Html.RenderAsync<ListPage>(Rows.List(Rows.Row()));
        Assert.That(
            page.QuerySelectorAll(".views a").Select(link => link.GetAttribute("href")),
            Is.EqualTo(
                ["/?pool=nurse", "/?show=mine&pool=nurse", "/?show=free&pool=nurse", "/?show=decide&pool=nurse"]));
        Assert.That(page.QuerySelector("option[selected]")?.TextContent, Is.EqualTo("Follow-up nurse"));
        Assert.That(page.QuerySelector("input[name=back]")?.GetAttribute("value"), Is.EqualTo("/?pool=nurse"));
    }

    [Test]
    public async Task Page_NothingOpen_SaysSo()
    {
        var page = await Html.RenderAsync<ListPage>(Rows.List() with { Remark = "No workflow has that pool." });
        Assert.That(page.QuerySelector(".empty"), Is.Not.Null);
        Assert.That(page.QuerySelector(".said.refused")?.TextContent, Does.Contain("No workflow"));
        Assert.That(page.QuerySelector("table"), Is.Null);
    }
}
