namespace FhirOrchestrator.Tests.Plans;

/// <summary>What the package referral-intake says over handmade requests and Tasks.</summary>
internal sealed class ReferralTests
{
    private const string Patient = """{"resourceType":"Patient","id":"p1"}""";

    private static string Request(
        string more = "", string status = "active", string intent = "order", string category = "3457005") => $$$"""
        {"resourceType":"ServiceRequest","id":"r1","status":"{{{status}}}","intent":"{{{intent}}}",
         "category":[{"coding":[{"system":"http://snomed.info/sct","code":"{{{category}}}"}]}],
         "code":{"text":"Cardiology"},
         "subject":{"reference":"Patient/p1"},"authoredOn":"2026-03-01T10:00:00Z"{{{more}}}}
        """;

    private static string TaskOf(
        string status = "requested", string code = "fulfill", string focus = "ServiceRequest/r1",
        string owner = """{"reference":"Organization/hospital"}""") => $$$"""
        {"resourceType":"Task","id":"t1","status":"{{{status}}}","intent":"order",
         "focus":{"reference":"{{{focus}}}"},"owner":{{{owner}}},
         "code":{"coding":[{"system":"http://hl7.org/fhir/CodeSystem/task-code","code":"{{{code}}}"}]}}
        """;

    private static Evaluation Of(string request) =>
        new Evaluation(OwnPackages.Referral).With("trigger", request).With("patient", Patient);

    [TestCase("", "active", "order", "3457005", null)]
    [TestCase("", "active", "original-order", "3457005", null)]
    [TestCase("", "active", "filler-order", "3457005", null)]
    [TestCase("", "draft", "order", "3457005", "not-active")]
    [TestCase("", "revoked", "order", "3457005", "not-active")]
    [TestCase("", "active", "proposal", "3457005", "not-an-order")]
    [TestCase("", "active", "reflex-order", "3457005", "not-an-order")]
    [TestCase(",\"doNotPerform\":true", "active", "order", "3457005", "do-not-perform")]
    [TestCase(",\"doNotPerform\":false", "active", "order", "3457005", null)]
    [TestCase("", "active", "order", "108252007", "not-a-referral")]
    public void Start_ByRequest(string more, string status, string intent, string category, string? reason) =>
        Assert.That(Of(Request(more, status, intent, category)).StartRefusal(), Is.EqualTo(reason));

    [Test]
    public void Start_ByTask_Screened()
    {
        var evaluation = Of(Request());
        Assert.That(evaluation.ScreenRefusal(1, TaskOf()), Is.Null);
        const string us =
            """{"identifier":{"system":"https://fhirorchestrator.dev/fhir/NamingSystem/organisation","value":"us"}}""";
        Assert.That(evaluation.ScreenRefusal(1, TaskOf(owner: us)), Is.Null);
        Assert.That(evaluation.ScreenRefusal(1, TaskOf(status: "accepted")), Is.EqualTo("not-requested"));
        Assert.That(evaluation.ScreenRefusal(1, TaskOf(code: "approve")), Is.EqualTo("not-to-fulfill"));
        Assert.That(
            evaluation.ScreenRefusal(1, TaskOf(focus: "MedicationRequest/r1")), Is.EqualTo("not-about-a-request"));
        Assert.That(
            evaluation.ScreenRefusal(1, TaskOf(owner: """{"reference":"Organization/other"}""")),
            Is.EqualTo("not-ours"));
        Assert.That(
            evaluation.ScreenRefusal(1, """{"resourceType":"Task","status":"requested"}"""),
            Is.EqualTo("not-to-fulfill"));
    }

    [TestCase(null, "2 days")]
    [TestCase("routine", "2 days")]
    [TestCase("urgent", "4 hours")]
    [TestCase("asap", "1 hour")]
    [TestCase("stat", "1 hour")]
    public void Triage_DueByPriority(string? priority, string due)
    {
        var more = priority is null ? "" : $",\"priority\":\"{priority}\"";
        Assert.That(Of(Request(more)).Due("triage"), Is.EqualTo(due));
        Assert.That(Of(Request(more)).Value("triage", "priority"), Is.EqualTo(priority ?? "routine"));
    }

    [TestCase("accept", "fulfil")]
    [TestCase("redirect", "redirect")]
    [TestCase("need-information", "provide-information triage-again")]
    [TestCase("decline", "")]
    public void Triage_Branches(string outcome, string steps)
    {
        var evaluation = Of(Request()).WithStep("triage", "completed", outcome);
        string[] after = ["coordinator-triage", "provide-information", "triage-again", "fulfil", "redirect"];
        Assert.That(string.Join(' ', after.Where(evaluation.Applies)), Is.EqualTo(steps));
    }

    [Test]
    public void Triage_NotDone_ACoordinatorDecides()
    {
        var evaluation = Of(Request()).WithStep("triage", "not-done");
        Assert.That(evaluation.Applies("coordinator-triage"), Is.True);
        evaluation.WithStep("coordinator-triage", "completed", "accept");
        Assert.That(evaluation.Applies("fulfil"), Is.True);
        evaluation.WithStep("coordinator-triage", "completed", "need-information")
            .WithStep("triage-again", "completed", "accept");
        Assert.That(evaluation.Applies("fulfil"), Is.True);
    }

    [Test]
    public void Triage_DeclineWithoutReason_NeedsReview()
    {
        var evaluation = Of(Request()).With("output", """{"type":"outcome","code":"decline"}""");
        Assert.That(evaluation.Passes("triage"), Is.False);
        evaluation.With(
            "output", """{"type":"outcome","code":"decline"}""", """{"type":"reason","text":"no capacity"}""");
        Assert.That(evaluation.Passes("triage"), Is.True);
        evaluation.With("output", """{"type":"outcome","code":"accept"}""");
        Assert.That(evaluation.Passes("triage"), Is.True);
    }

    [TestCase(1, "Organization/a")]
    [TestCase(2, "Organization/b")]
    [TestCase(3, null)]
    public void Fulfil_OwnerIsTheNextCandidate(int round, string? owner)
    {
        var evaluation = Of(
            Request(",\"performer\":[{\"reference\":\"Organization/a\"},{\"reference\":\"Organization/b\"}]"))
            .WithRound(round);
        var reference = evaluation.Value("fulfil", "owner");
        Assert.That(reference, owner is null ? Is.Null : Does.Contain($"\"{owner}\""));
    }

    [Test]
    public void Fulfil_NobodyTakesIt_ACoordinatorFinds()
    {
        var evaluation = Of(Request()).WithStep("triage", "completed", "accept").WithStep("fulfil", "not-done");
        Assert.That(evaluation.Applies("find-service"), Is.True);
        Assert.That(evaluation.Applies("appointment"), Is.False);
        evaluation.WithStep("find-service", "completed", "taken-on");
        Assert.That(evaluation.Applies("appointment"), Is.True);
    }

    [TestCase(",\"requester\":{\"reference\":\"Practitioner/d1\"}", true)]
    [TestCase(",\"requester\":{\"reference\":\"Device/d1\"}", false)]
    [TestCase(",\"requester\":{\"reference\":\"http://x/Device/d1\"}", false)]
    [TestCase("", false)]
    public void Answer_ToADevice_IsATask(string requester, bool message)
    {
        var evaluation = Of(Request(requester))
            .WithStep("triage", "completed", "decline", """{"type":"reason","text":"no capacity"}""");
        Assert.That(evaluation.Applies("answer"), Is.EqualTo(message));
        Assert.That(evaluation.Applies("tell-requester"), Is.EqualTo(!message));
        Assert.That(
            evaluation.Value(message ? "answer" : "tell-requester", message ? "payload.contentString" : "description"),
            Is.EqualTo("Your referral (Cardiology, 2026-03-01) was declined: no capacity."));
    }

    [Test]
    public void Answer_Booked_NamesTheDay() => Assert.That(
        Of(Request()).WithStep("triage", "completed", "accept").WithStep("fulfil", "completed", "taken-on")
            .WithStep("appointment", "completed", "booked", """{"type":"Appointment","reference":"Appointment/a1"}""",
                """{"type":"appointment-date","text":"2026-03-10"}""")
            .Value("answer", "payload.contentString"),
        Is.EqualTo("Your referral (Cardiology, 2026-03-01) was accepted. The appointment: 2026-03-10."));

    [TestCase("active", null)]
    [TestCase("revoked", "revoked")]
    [TestCase("completed", "completed")]
    [TestCase("entered-in-error", "entered-in-error")]
    public void Stop_ByStatus(string status, string? reason) =>
        Assert.That(Of(Request(status: status)).Stop(), Is.EqualTo(reason));

    [TestCase("active", "ServiceRequest/r1", "superseded")]
    [TestCase("active", "http://ehr/ServiceRequest/r1", "superseded")]
    [TestCase("draft", "ServiceRequest/r1", null)]
    [TestCase("active", "ServiceRequest/r11", null)]
    public void Stop_Replaced(string status, string replaces, string? reason) => Assert.That(
        Of(Request()).With("replacements",
            $$$"""{"resourceType":"ServiceRequest","id":"r2","status":"{{{status}}}","intent":"order","replaces":["""
            + $$$"""{"reference":"{{{replaces}}}"}]}""")
            .Stop(),
        Is.EqualTo(reason));

    [Test]
    public void Suspend_OnHold()
    {
        Assert.That(Of(Request(status: "on-hold")).IsSuspended(), Is.True);
        Assert.That(Of(Request(status: "on-hold")).Stop(), Is.Null);
        Assert.That(Of(Request()).IsSuspended(), Is.False);
    }

    [Test]
    public void BusinessKey_OneChainARequest()
    {
        Assert.That(Of(Request()).BusinessKey(), Is.EqualTo("ServiceRequest/r1"));
        Assert.That(Of(Request()).Query("replacements"), Is.EqualTo("ServiceRequest?replaces=ServiceRequest/r1"));
    }
}
