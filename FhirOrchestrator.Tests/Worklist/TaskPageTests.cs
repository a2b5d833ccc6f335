using FhirOrchestrator.Chains;
using FhirOrchestrator.Worklist;
using FhirOrchestrator.Worklist.Pages;
using TaskStatus = FhirOrchestrator.Chains.TaskStatus;

namespace FhirOrchestrator.Tests.Worklist;

/// <summary>The page of one task: what must be seen, and what may be pressed when.</summary>
internal sealed class TaskPageTests
{
    private static readonly string[] Working = ["claim", "start", "release", "complete", "fail"];

    [Test]
    public async Task Page_OpenTask_ShowsWhatACoordinatorMustSee()
    {
        var page = await Html.RenderAsync<TaskPage>(Rows.Task());
        string[] must =
        [
            "Work, Ida Maria", "1961-02-03", "MRN 77 (City hospital)", "Polish, interpreter needed",
            "phone 555-1; else email ida@example.org", "Bed 2B-2-B", "Discharged", "to: Home", "18 Nov 08:00 UTC",
            "20 Nov 11:59 UTC", "open at the EHR", "Does the patient feel well?", "5 h left", "Follow-up nurse",
        ];
        Assert.Multiple(() =>
        {
            foreach (var seen in must)
            {
                Assert.That(page.Body?.TextContent, Does.Contain(seen));
            }

            Assert.That(
                page.QuerySelector("form.complete h3")?.TextContent,
                Is.EqualTo("Complete for Work, Ida Maria, born 1961-02-03, MRN 77 (City hospital)"));
        });
    }

    [TestCase(null, TaskStatus.Requested, "claim start complete fail")]
    [TestCase("Ann", TaskStatus.Accepted, "start release complete fail")]
    [TestCase("Ann", TaskStatus.InProgress, "release complete fail")]
    public async Task Page_Standing_OffersWhatIsPossible(string? owner, TaskStatus status, string offered)
    {
        var page = await Html.RenderAsync<TaskPage>(Rows.Task(Rows.Chain(step: Rows.Waiting(owner, status))));
        Assert.That(Offered(page), Is.EquivalentTo(offered.Split(' ')));
        Assert.That(page.QuerySelector("button[value=reject]"), Is.Null);
    }

    [Test]
    public async Task Page_SomebodyElsesTask_SaysWhose()
    {
        var chain = Rows.Chain(step: Rows.Waiting("Ben", TaskStatus.Accepted));
        var page = await Html.RenderAsync<TaskPage>(Rows.Task(chain));
        Assert.That(page.QuerySelector(".acts .reason")?.TextContent, Does.Contain("Ben has this task"));
    }

    [Test]
    public async Task Page_NobodySaidWhoTheyAre_HasNoForms()
    {
        var page = await Html.RenderAsync<TaskPage>(Rows.Task(person: null));
        Assert.That(page.QuerySelectorAll("main form"), Is.Empty);
        Assert.That(page.Body?.TextContent, Does.Contain("Say who you are"));
    }

    [Test]
    public async Task Page_EndedTask_SaysWhyAndHasNoForms()
    {
        var step = Rows.Waiting("Ben", TaskStatus.Completed) with
        {
            Phase = StepPhase.Completed,
            EndedAt = Rows.Now,
            Outputs = [new StepOutput("outcome", new Code(null, "well", "Reached, is well"))],
        };
        var chain = Rows.Chain(step: step);
        var place = new TaskPlace(chain.Id.Value, Rows.Step.Value, 1);
        var page = await Html.RenderAsync<TaskPage>(
            Rows.Task(chain) with { Ended = TaskEnd.Of(chain, Rows.Step, place) });
        Assert.That(
            page.QuerySelector(".ended")?.TextContent,
            Does.Contain("This task has ended: done").And.Contain("Reached, is well · by Ben")
                .And.Contain("20 Nov 12:00 UTC"));
        Assert.That(page.QuerySelectorAll("main form"), Is.Empty);
    }

    [Test]
    public async Task Page_CancelledByTheStop_SaysTheChainsReason()
    {
        var chain = Rows.Chain(step: Rows.Waiting() with { Phase = StepPhase.Cancelled, EndedAt = Rows.Now });
        chain = chain with
        {
            State = chain.State with
            {
                Phase = ChainPhase.Stopped, Reason = new Code(null, "death", "the patient died"),
            },
        };
        var ended = TaskEnd.Of(chain, Rows.Step, new TaskPlace(chain.Id.Value, Rows.Step.Value, 1));
        var page = await Html.RenderAsync<TaskPage>(Rows.Task(chain) with { Ended = ended });
        Assert.That(
            page.QuerySelector(".ended")?.TextContent, Does.Contain("cancelled").And.Contain("the patient died"));
    }

    [Test]
    public async Task Page_EarlierRound_LeadsToTheNewer()
    {
        var chain = Rows.Chain(step: Rows.Waiting() with { Round = 2 });
        var ended = TaskEnd.Of(chain, Rows.Step, new TaskPlace(chain.Id.Value, Rows.Step.Value, 1));
        var page = await Html.RenderAsync<TaskPage>(Rows.Task(chain) with { Ended = ended });
        Assert.That(page.QuerySelector(".ended a")?.GetAttribute("href"), Is.EqualTo($"/tasks/{chain.Id}/call/2"));
    }

    [Test]
    public async Task Page_CompletionFields_FollowTheOutputRules()
    {
        var page = await Html.RenderAsync<TaskPage>(Rows.Task());
        var choices = page.QuerySelectorAll("form.complete input[type=radio][name='output.outcome'][required]");
        Assert.That(choices.Select(each => each.GetAttribute("value")), Is.EqualTo(["well", "none"]));
        Assert.That(
            choices.Select(each => each.Closest("label")?.TextContent.Trim()),
            Is.EqualTo(["Reached, is well", "none"]));
        var reference = page.QuerySelector("form.complete input[name='output.Appointment']");
        Assert.That(reference?.HasAttribute("required"), Is.False);
        Assert.That(reference?.Closest("label")?.TextContent, Does.Contain("Appointment (if there is one)"));
    }

    [TestCase(StepPhase.Failed, "retry skip cancel")]
    [TestCase(StepPhase.NeedsReview, "accept skip")]
    [TestCase(StepPhase.Held, "resume cancel")]
    [TestCase(StepPhase.Waiting, "hold cancel")]
    public async Task Page_Phase_OffersItsDecisions(StepPhase phase, string offered)
    {
        var page = await Html.RenderAsync<TaskPage>(Rows.Task(Rows.Chain(step: Rows.Waiting() with { Phase = phase })));
        Assert.That(
            page.QuerySelectorAll("details button").Select(button => button.GetAttribute("value")),
            Is.EqualTo(offered.Split(' ')));
        Assert.That(page.QuerySelector("details")?.HasAttribute("open"), Is.EqualTo(phase != StepPhase.Waiting));
        var canWork = phase is StepPhase.Waiting or StepPhase.NeedsReview;
        Assert.That(page.QuerySelector("form.complete") is not null, Is.EqualTo(canWork));
    }

    [TestCase(true, "refused")]
    [TestCase(false, "said")]
    public async Task Page_AfterAnAct_SaysWhatBecameOfIt(bool isRefusal, string style)
    {
        var page = await Html.RenderAsync<TaskPage>(
            Rows.Task() with { Said = new Said("Please say: Outcome.", isRefusal) });
        var said = page.QuerySelector("p.said[role=status]");
        Assert.That(said?.TextContent, Is.EqualTo("Please say: Outcome."));
        Assert.That(said?.ClassList, Does.Contain(style));
    }

    [Test]
    public async Task Page_HostileStringsEverywhere_StayText()
    {
        const string evil = "<script>alert(1)</script>\\\" onfocus=\\\"alert(1)";
        var patient = Poisoned(Rows.Patient, evil);
        var trigger = Poisoned(Rows.Stay, evil);
        var chain = Rows.Chain(patient, trigger, Rows.Waiting("<script>alert(2)</script>"));
        foreach (var page in new[]
        {
            await Html.RenderAsync<TaskPage>(Rows.Task(chain, person: "\"><script>alert(3)</script>")),
            await Html.RenderAsync<ListPage>(Rows.List(Rows.Row(chain)) with { Person = "<script>" }),
        })
        {
            Assert.That(page.QuerySelectorAll("script, [onfocus]"), Is.Empty);
            Assert.That(page.Body?.TextContent, Does.Contain("<script>alert(1)</script>"), "shown as it is");
        }
    }

    private static IEnumerable<string?> Offered(AngleSharp.Dom.IDocument page) => page
        .QuerySelectorAll("button[name=act]")
        .Select(button => button.GetAttribute("value")).Where(act => Working.Contains(act));

    // Every string but the type and the codes that decide what is shown at all.
    private static string Poisoned(string json, string evil)
    {
        string[] clean =
        [
            "Patient", "Encounter", "MR", "finished", "completed", "IMP",
            "http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired",
        ];
        return System.Text.RegularExpressions.Regex.Replace(
            json,
            "(?<before>[:\\[,]\\s*)\"(?<text>[^\"]*)\"(?!\\s*:)",
            match => clean.Contains(match.Groups["text"].Value) ? match.Value
                : $"{match.Groups["before"].Value}\"{evil}\"",
            System.Text.RegularExpressions.RegexOptions.None,
            TimeSpan.FromSeconds(1));
    }
}
