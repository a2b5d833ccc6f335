using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace FhirOrchestrator.Tests.EndToEnd;

/// <summary>Coordinators at work: the pages' own forms, and what the EHR shows of it.</summary>
internal sealed class WorklistTests
{
    private const string Call = "Call the patient";
    private const string Reconcile = "Reconcile the medication";
    private const string Book = "Book the appointment";

    private Stage stage = null!;
    private Browser ann = null!;
    private Browser ben = null!;
    private int patients;

    [OneTimeSetUp]
    public async Task SetStage()
    {
        stage = await Stage.SetAsync(["city"]);
        ann = new Browser(stage.Server, "Ann Coordinator");
        ben = new Browser(stage.Server, "Ben Coordinator");
        await ann.IntroduceAsync();
        await ben.IntroduceAsync();
    }

    [OneTimeTearDown]
    public async Task StrikeStage()
    {
        ann?.Dispose();
        ben?.Dispose();
        await (stage?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    [TestCase("")]
    [TestCase("operations")]
    public async Task Page_Any_TellsTheBrowserToKeepIt(string page)
    {
        using var reply = await stage.Server.Http.GetAsync(new Uri(page, UriKind.Relative), CancellationToken.None);
        Assert.Multiple(() =>
        {
            Assert.That((int)reply.StatusCode, Is.EqualTo(200));
            Assert.That(
                reply.Headers.GetValues("Content-Security-Policy").Single(), Does.StartWith("default-src 'none'"));
            Assert.That(reply.Headers.GetValues("X-Content-Type-Options"), Is.EqualTo(["nosniff"]));
            Assert.That(reply.Headers.CacheControl?.NoStore, Is.True);
            Assert.That(reply.Headers.GetValues("Referrer-Policy"), Is.EqualTo(["no-referrer"]));
        });
    }

    [Test]
    public async Task Operations_CompleteUpTo_IsNeverInTheFuture()
    {
        var page = WebUtility.HtmlDecode(await stage.Server.Http.PageAsync("operations", CancellationToken.None));
        var now = TimeProvider.System.GetUtcNow();
        var shown = Regex.Matches(page, "<time datetime=\"(?<at>[^\"]+)\"", RegexOptions.NonBacktracking)
            .Select(match => DateTimeOffset.Parse(match.Groups["at"].Value, CultureInfo.InvariantCulture)).ToList();
        Assert.That(shown, Is.Not.Empty.And.All.LessThanOrEqualTo(now));
    }

    [Test]
    public async Task Task_ClaimedStartedCompleted_TheEhrFollows()
    {
        var patient = await DischargedAsync();
        await ann.OpenAsync(patient, Call);
        string[] must = [patient, "1961-02-03", "MRN-p", "Test hospital", "Discharged", "open at the EHR"];
        foreach (var seen in must)
        {
            Assert.That(ann.Page.Body!.TextContent, Does.Contain(seen), "what a coordinator must see");
        }

        await ann.PressAsync("claim");
        Assert.That(ann.Said, Is.EqualTo("Done."));
        await ExpectAtEhrAsync("follow-up-call", "accepted", "Ann Coordinator");

        await ben.OpenAsync(patient, Call);
        await ben.PressAsync("start");
        Assert.That((ben.IsRefused, ben.Said), Is.EqualTo(
            (true, "Ann Coordinator has this task; it must be released first.")));
        await ben.PressAsync("complete", ("output.outcome", "reached-well"));
        Assert.That(ben.IsRefused, Is.True, ben.Said);

        await ann.PressAsync("start");
        Assert.That(ann.Said, Is.EqualTo("Done."));
        await ExpectAtEhrAsync("follow-up-call", "in-progress", "Ann Coordinator");

        await ann.PressAsync("complete");
        Assert.That((ann.IsRefused, ann.Said), Is.EqualTo((true, "Please say: outcome.")));
        await ann.PressAsync("complete", ("output.outcome", "nonsense"));
        Assert.That(ann.IsRefused, Is.True, ann.Said);
        await ann.PressAsync("complete", ("output.outcome", "reached-well"));
        Assert.That(ann.IsRefused, Is.False, ann.Said);
        var task = await ExpectAtEhrAsync("follow-up-call", "completed", "Ann Coordinator");
        Assert.That(task["output"]?.ToJsonString(), Does.Contain("reached-well"));
        await ann.GoAsync("");
        Assert.That(ann.Row(patient, Call), Is.Null, "a completed task is still in the worklist");
        TestContext.Out.WriteLine(
            "claim, start, complete: accepted, in-progress, completed at the EHR; second person refused");
    }

    [Test]
    public async Task Task_Released_AnotherMayClaimIt()
    {
        var patient = await DischargedAsync();
        await ann.OpenAsync(patient, Reconcile);
        await ann.PressAsync("claim");
        await ExpectAtEhrAsync("medication-reconciliation", "accepted", "Ann Coordinator");
        await ann.PressAsync("release");
        Assert.That(ann.Said, Is.EqualTo("Done."));
        await ExpectAtEhrAsync("medication-reconciliation", "ready", null);

        await ben.OpenAsync(patient, Reconcile);
        await ben.PressAsync("claim");
        Assert.That(ben.Said, Is.EqualTo("Done."));

        // R4 has no way from ready back to accepted: the owner says whose it is.
        await ExpectAtEhrAsync("medication-reconciliation", "ready", "Ben Coordinator");
        await ben.PressAsync("start");
        await ExpectAtEhrAsync("medication-reconciliation", "in-progress", "Ben Coordinator");
    }

    [Test]
    public async Task Task_Failed_NeedsADecisionAndTheEhrSaysWhy()
    {
        var patient = await DischargedAsync();
        await ann.OpenAsync(patient, Book);
        await ann.PressAsync("fail", ("reason", " "));
        Assert.That((ann.IsRefused, ann.Said), Is.EqualTo((true, "Please say why it cannot be done.")));
        await ann.PressAsync("fail", ("reason", "the practice is closed"));
        Assert.That(ann.IsRefused, Is.False, ann.Said);
        var task = await ExpectAtEhrAsync("pcp-appointment", "failed", "Ann Coordinator");
        Assert.That(task["statusReason"]?.ToJsonString(), Does.Contain("the practice is closed"));

        await ann.OpenAsync(patient, Book);
        Assert.That(ann.Page.Body!.TextContent, Does.Contain("needs a decision").And.Contain("the practice is closed"));
        Assert.That(ann.Offers("retry") && ann.Offers("skip"), Is.True);
        await ann.PressAsync("skip", ("reason", "the patient books it"));
        Assert.That(ann.IsRefused, Is.False, ann.Said);
        await ann.GoAsync("");
        Assert.That(ann.Row(patient, Book), Is.Null);
    }

    [Test]
    public async Task Task_CompletedAtTheEhr_MovesTheChain()
    {
        var patient = await DischargedAsync();
        var task = await TaskAsync("medication-reconciliation");
        await Chart.CompleteAsync(stage.Ehr, Id(task), "needs-prescriber", CancellationToken.None);
        await Eventually.TrueAsync(
            "the prescriber's task that follows",
            TimeSpan.FromSeconds(5),
            async _ =>
            {
                await ann.GoAsync("");
                return ann.Row(patient, Reconcile) is null && ann.Row(patient, "Decide on a medication") is not null;
            },
            () => stage.Server.Output);
        await Eventually.TrueAsync(
            "its Task at the EHR",
            TimeSpan.FromSeconds(5),
            async ct => (await stage.Ehr.SearchAsync($"Task?encounter=Encounter/e{patients}", ct))
                .Any(each => Chart.Origin(each).Step == "prescriber-review"),
            () => stage.Server.Output);
    }

    [Test]
    public async Task Task_CompletedAtTheEhrWithoutItsOutput_NeedsReview()
    {
        var patient = await DischargedAsync();
        var task = await TaskAsync("follow-up-call");
        await stage.Ehr.ChangeAsync($"Task/{Id(task)}", each => each["status"] = "completed", CancellationToken.None);
        await Eventually.TrueAsync(
            "the task to need review",
            TimeSpan.FromSeconds(5),
            async _ =>
            {
                await ann.GoAsync("");
                return ann.Row(patient, Call)?.TextContent.Contains("needs review", StringComparison.Ordinal) == true;
            },
            () => stage.Server.Output);
    }

    [Test]
    public async Task Forms_FromElsewhere_403AndNothingChanges()
    {
        var patient = await DischargedAsync();
        await ann.OpenAsync(patient, Call);
        var task = ann.Page.QuerySelector("button[value=claim]")!.Closest("form")!.GetAttribute("action")!;
        var chain = ann.Page.QuerySelector("button[value=cancel]")!.Closest("form")!.GetAttribute("action")!;
        (string Name, string Value)[] foreign =
        [
            ("Origin", "https://elsewhere.example"), ("Origin", "null"),
            ("Origin", $"http://127.0.0.1:{stage.Server.Port}"),
            ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site"),
        ];
        var before = await stage.CountAsync("letter");
        foreach (var path in (string[])[task, chain, "/persona"])
        {
            foreach (var (name, value) in foreign)
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(path, UriKind.Relative));
                request.Headers.TryAddWithoutValidation(name, value);
                request.Headers.TryAddWithoutValidation("Cookie", "persona=Ann Coordinator");
                request.Content = new FormUrlEncodedContent(
                [
                    new("act", "claim"), new("name", "Mallory"), new("step", "follow-up-call"), new("round", "1"),
                    new("reason", "x"),
                ]);
                using var response = await stage.Server.Http.SendAsync(request);
                Assert.That((int)response.StatusCode, Is.EqualTo(403), $"{path} with {name}: {value}");
            }
        }

        Assert.That(await stage.CountAsync("letter"), Is.EqualTo(before));
        TestContext.Out.WriteLine($"{foreign.Length * 3} of {foreign.Length * 3} forms from elsewhere: 403");
    }

    [Test]
    public async Task Task_NobodySaidWhoTheyAre_NothingToPress()
    {
        var patient = await DischargedAsync();
        using var nobody = new Browser(stage.Server, "");
        await nobody.GoAsync("");
        await nobody.OpenAsync(patient, Call);
        Assert.That(nobody.Offers("claim") || nobody.Offers("complete") || nobody.Offers("cancel"), Is.False);
    }

    /// <summary>Another patient with three tasks in the worklist; gives the name.</summary>
    private async Task<string> DischargedAsync()
    {
        patients++;
        await Chart.AdmitAsync(stage.Ehr, 1, "Work", CancellationToken.None, first: patients);
        await Chart.DischargeAsync(stage.Ehr, $"e{patients}", CancellationToken.None);
        await Eventually.TrueAsync(
            "three tasks in the worklist",
            TimeSpan.FromSeconds(5),
            async _ => await stage.CountAsync($"work_item WHERE patient = 'Patient/p{patients}'") == 3,
            () => stage.Server.Output);
        return $"Work-{patients}";
    }

    private async Task<JsonObject> TaskAsync(string step) =>
        (await stage.TasksAsync(stage.Ehr, $"e{patients}", 3)).Single(task => Chart.Origin(task).Step == step);

    /// <summary>Waits until the newest patient's Task shows this status and owner at the EHR.</summary>
    private Task<JsonObject> ExpectAtEhrAsync(string step, string status, string? owner)
    {
        JsonObject? last = null;
        return Eventually.SomeAsync(
            $"{step} to be {status} by {owner ?? "nobody"} at the EHR",
            TimeSpan.FromSeconds(3),
            async ct =>
            {
                last = (await stage.Ehr.ReadAsync($"Task/{Id(await TaskAsync(step))}", ct)).Expect();
                return last["status"]!.GetValue<string>() == status
                    && last["owner"]?["display"]?.GetValue<string>() == owner ? last : null;
            },
            () => $"{last?.ToJsonString()}\n{stage.Server.Output}");
    }

    private static string Id(JsonObject resource) => resource["id"]!.GetValue<string>();
}
