namespace FhirOrchestrator.Tests.Plans;

/// <summary>What the package discharge-follow-up says over handmade patients and stays.</summary>
internal sealed class DischargeTests
{
    private const string Nubc = "https://www.nubc.org/CodeSystem/PatDischargeStatus";
    private const string Synthea = "http://www.nubc.org/patient-discharge";
    private const string Hl7 = "http://terminology.hl7.org/CodeSystem/discharge-disposition";

    private const string Patient =
        """{"resourceType":"Patient","id":"p1","name":[{"use":"official","family":"Reed","given":["Ann","B"]}]"""
        + ""","birthDate":"1950-01-02"}""";

    private const string WithGp =
        """{"resourceType":"Patient","id":"p1","generalPractitioner":[{"reference":"Practitioner/gp1"}]}""";

    private const string Team =
        """{"resourceType":"CareTeam","id":"c1","participant":["""
        + """{"role":[{"coding":[{"system":"http://snomed.info/sct","code":"17561000"}]}]"""
        + ""","member":{"reference":"Practitioner/heart"}},"""
        + """{"role":[{"coding":[{"system":"http://snomed.info/sct","code":"446050000"}]}]"""
        + ""","member":{"reference":"Practitioner/gp2"}}]}""";

    private static string Stay(
        string status = "finished", string code = "IMP", string? disposition = null, string more = "",
        string period = "\"start\":\"2026-02-26T08:00:00Z\",\"end\":\"2026-03-01T10:00:00Z\"",
        string system = "http://terminology.hl7.org/CodeSystem/v3-ActCode")
    {
        var hospitalization = disposition is null ? "" : $$$"""
            ,"hospitalization":{"dischargeDisposition":{"coding":[{{{disposition}}}]}}
            """;
        return $$$"""
            {"resourceType":"Encounter","id":"e1","status":"{{{status}}}",
             "class":{"system":"{{{system}}}","code":"{{{code}}}"},
             "subject":{"reference":"Patient/p1"},"period":{ {{{period}}} }{{{more}}}{{{hospitalization}}}}
            """;
    }

    private static string Disposition(string system, string code) => $$"""{"system":"{{system}}","code":"{{code}}"}""";

    private static Evaluation Of(string stay, string patient = Patient) =>
        new Evaluation(OwnPackages.Discharge).With("trigger", stay).With("patient", patient);

    [Test]
    public void Start_FinishedStay_Starts() => Assert.That(Of(Stay()).StartRefusal(), Is.Null);

    [TestCase("AMB", "not-a-stay")]
    [TestCase("EMER", "not-a-stay")]
    [TestCase("ACUTE", null)]
    [TestCase("NONAC", null)]
    public void Start_ByClass(string code, string? reason) =>
        Assert.That(Of(Stay(code: code)).StartRefusal(), Is.EqualTo(reason));

    [Test]
    public void Start_ClassOfAnotherSystem_IsNoStay() =>
        Assert.That(Of(Stay(system: "urn:oid:1.2.3")).StartRefusal(), Is.EqualTo("not-a-stay"));

    [TestCase("in-progress", "not-finished")]
    [TestCase("cancelled", "not-finished")]
    [TestCase("entered-in-error", "not-finished")]
    public void Start_ByStatus(string status, string reason) =>
        Assert.That(Of(Stay(status)).StartRefusal(), Is.EqualTo(reason));

    [Test]
    public void Start_WithoutEnd_Refused() => Assert.That(
        Of(Stay(period: "\"start\":\"2026-02-26T08:00:00Z\"")).StartRefusal(), Is.EqualTo("no-discharge-time"));

    [TestCase(""","partOf":{"reference":"Encounter/e0"}""", "part-of-a-stay")]
    [TestCase(
        ""","type":[{"coding":[{"system":"http://fhir.de/CodeSystem/Kontaktebene","code":"abteilungskontakt"}]}]""",
        "part-of-a-stay")]
    [TestCase(
        ""","partOf":{"reference":"Encounter/e0"}"""
        + ""","type":[{"coding":[{"system":"http://fhir.de/CodeSystem/Kontaktebene","code":"einrichtungskontakt"}]}]""",
        null)]
    public void Start_PartOfAStay_ByLocalMeaning(string more, string? reason) =>
        Assert.That(Of(Stay(more: more)).StartRefusal(), Is.EqualTo(reason));

    [TestCase("\"deceasedBoolean\":true", "deceased")]
    [TestCase("\"deceasedDateTime\":\"2026-03-01\"", "deceased")]
    [TestCase("\"deceasedBoolean\":false", null)]
    public void Start_Deceased(string deceased, string? reason) => Assert.That(
        Of(Stay(), $$"""{"resourceType":"Patient","id":"p1",{{deceased}}}""").StartRefusal(), Is.EqualTo(reason));

    [TestCase(Nubc, "20", "died")]
    [TestCase(Nubc, "41", "died")]
    [TestCase(Hl7, "exp", "died")]
    [TestCase(Nubc, "30", null)]
    public void Start_ByDisposition(string system, string code, string? reason) =>
        Assert.That(Of(Stay(disposition: Disposition(system, code))).StartRefusal(), Is.EqualTo(reason));

    // The steps that apply at once, before anybody did anything.
    [TestCase(Nubc, "01", "identify-pcp medication-reconciliation follow-up-call pcp-appointment summary-without-pcp")]
    [TestCase(
        Synthea, "01", "identify-pcp medication-reconciliation follow-up-call pcp-appointment summary-without-pcp")]
    [TestCase(
        Hl7, "alt-home", "identify-pcp medication-reconciliation follow-up-call pcp-appointment summary-without-pcp")]
    [TestCase(Nubc, "07", "identify-pcp medication-reconciliation follow-up-call pcp-appointment summary-without-pcp")]
    [TestCase(Nubc, "03", "handover")]
    [TestCase(Nubc, "95", "handover")]
    [TestCase(Hl7, "snf", "handover")]
    [TestCase(Nubc, "50", "identify-pcp")]
    [TestCase(Hl7, "hosp", "identify-pcp")]
    [TestCase(Nubc, "30", "still-a-patient")]
    [TestCase(Nubc, "99",
        "confirm-location identify-pcp medication-reconciliation follow-up-call pcp-appointment summary-without-pcp")]
    public void Steps_ByDisposition(string system, string code, string steps) => Assert.That(
        Of(Stay(disposition: Disposition(system, code))).Applying(), Is.EqualTo(steps.Split(' ')));

    [Test]
    public void Steps_WithoutDisposition_ConfirmFirst()
    {
        var evaluation = Of(Stay());
        Assert.That(evaluation.Applies("confirm-location"), Is.True);
        evaluation.WithStep("confirm-location", "completed", "facility");
        Assert.That(evaluation.Applies("handover"), Is.True);
        Assert.That(evaluation.Applies("follow-up-call"), Is.False);
        evaluation.WithStep("confirm-location", "completed", "home");
        Assert.That(evaluation.Applies("handover"), Is.False);
        Assert.That(evaluation.Applies("follow-up-call"), Is.True);
        evaluation.WithStep("confirm-location", "expired");
        Assert.That(evaluation.Applies("follow-up-call"), Is.True);
    }

    [Test]
    public void Steps_SeveralCodings_TheGravestCounts() => Assert.That(
        Of(Stay(disposition: $"{Disposition(Nubc, "01")},{Disposition(Hl7, "hosp")}")).Applying(),
        Is.EqualTo(new[] { "identify-pcp" }));

    [Test]
    public void Priority_AgainstAdvice_Urgent()
    {
        Assert.That(
            Of(Stay(disposition: Disposition(Nubc, "07"))).Value("follow-up-call", "priority"), Is.EqualTo("urgent"));
        Assert.That(Of(Stay()).Value("follow-up-call", "priority"), Is.EqualTo("routine"));
    }

    [Test]
    public void Recipient_GeneralPractitionerThenTeamThenPerson()
    {
        Assert.That(Of(Stay(), WithGp).With("careTeams", Team).Value("discharge-notice", "recipient"),
            Is.EqualTo("Practitioner/gp1"));
        var team = Of(Stay()).With("careTeams", Team);
        Assert.That(team.Value("discharge-notice", "recipient"), Is.EqualTo("Practitioner/gp2"));
        Assert.That(team.Applies("identify-pcp"), Is.False);
        var nobody = Of(Stay());
        Assert.That(nobody.Applies("identify-pcp"), Is.True);
        Assert.That(nobody.Applies("discharge-notice"), Is.False);
        nobody.WithStep(
            "identify-pcp",
            "completed",
            "identified",
            """{"type":"Organization","reference":"Organization/practice"}""");
        Assert.That(nobody.Value("discharge-notice", "recipient"), Is.EqualTo("Organization/practice"));
        Assert.That(nobody.Applies("discharge-notice"), Is.True);
    }

    [Test]
    public void Queries_AskForThisPatientAndStay()
    {
        var evaluation = Of(Stay());
        Assert.That(evaluation.Query("careTeams"), Is.EqualTo("CareTeam?status=active&subject=Patient/p1"));
        Assert.That(evaluation.Query("risks"), Is.EqualTo("RiskAssessment?encounter=Encounter/e1"));
        Assert.That(
            evaluation.Query("stays"),
            Is.EqualTo("Encounter?class=IMP,ACUTE,NONAC&subject=Patient/p1&date=ge2026-03-01"));
        Assert.That(evaluation.Subject(), Is.EqualTo("Patient/p1"));
    }

    [Test]
    public void BusinessKey_VisitNumberElseId()
    {
        const string visit =
            ""","identifier":[{"value":"x"},"""
            + """{"type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"VN"}]}"""
            + ""","system":"urn:v","value":"V7"}]""";
        Assert.That(Of(Stay(more: visit)).BusinessKey(), Is.EqualTo("VN urn:v|V7"));
        Assert.That(Of(Stay()).BusinessKey(), Is.EqualTo("Encounter/e1"));
    }

    [TestCase("finished", null)]
    [TestCase("in-progress", "discharge-reversed")]
    [TestCase("onleave", "discharge-reversed")]
    [TestCase("cancelled", "cancelled")]
    [TestCase("entered-in-error", "entered-in-error")]
    public void Stop_ByStatus(string status, string? reason) =>
        Assert.That(Of(Stay(status)).Stop(), Is.EqualTo(reason));

    [Test]
    public void Stop_EndTakenAway_Reversed() => Assert.That(
        Of(Stay(period: "\"start\":\"2026-02-26T08:00:00Z\"")).Stop(), Is.EqualTo("discharge-reversed"));

    [Test]
    public void Stop_Death() => Assert.That(
        Of(Stay(), """{"resourceType":"Patient","id":"p1","deceasedBoolean":true}""").Stop(), Is.EqualTo("death"));

    [TestCase("e2", "in-progress", "IMP", "2026-03-04T10:00:00Z", "", "readmitted")]
    [TestCase("e2", "finished", "IMP", "2026-03-01T10:00:00Z", "", "readmitted")]
    [TestCase("e2", "planned", "IMP", "2026-03-04T10:00:00Z", "", null)]
    [TestCase("e2", "in-progress", "AMB", "2026-03-04T10:00:00Z", "", null)]
    [TestCase("e2", "in-progress", "IMP", "2026-02-04T10:00:00Z", "", null)]
    [TestCase("e2", "in-progress", "IMP", "2026-03-04T10:00:00Z", ""","partOf":{"reference":"Encounter/e1"}""", null)]
    [TestCase("e1", "finished", "IMP", "2026-03-01T10:00:00Z", "", null)]
    public void Stop_Readmission(
        string id, string status, string code, string start, string more, string? reason) => Assert.That(
        Of(Stay()).With("stays", $$$"""
            {"resourceType":"Encounter","id":"{{{id}}}","status":"{{{status}}}",
             "class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"{{{code}}}"},
             "subject":{"reference":"Patient/p1"},"period":{"start":"{{{start}}}"}{{{more}}}}
            """).Stop(), Is.EqualTo(reason));

    [Test]
    public void Stop_OldStayYearsLater_IsNoReadmission()
    {
        var old = Stay(period: "\"start\":\"1980-02-26T08:00:00Z\",\"end\":\"1980-03-01T10:00:00Z\"");
        var later = Stay(period: "\"start\":\"1990-02-26T08:00:00Z\",\"end\":\"1990-03-01T10:00:00Z\"")
            .Replace("\"e1\"", "\"e2\"", StringComparison.Ordinal);
        var soon = Stay(period: "\"start\":\"1980-03-11T08:00:00Z\",\"end\":\"1980-03-12T10:00:00Z\"")
            .Replace("\"e1\"", "\"e2\"", StringComparison.Ordinal);
        Assert.That(Of(old).With("stays", later).Stop(), Is.Null);
        Assert.That(Of(old).With("stays", soon).Stop(), Is.EqualTo("readmitted"));
    }

    [TestCase("no-answer", "no-answer", "second-call call-supervisor")]
    [TestCase("no-answer", "reached-well", "second-call")]
    [TestCase("no-answer", "reached-concern", "second-call nurse-concern")]
    [TestCase("reached-concern", null, "nurse-concern")]
    [TestCase("reached-well", null, "")]
    [TestCase("wrong-number", null, "call-supervisor")]
    [TestCase("died", null, "record-told")]
    [TestCase("readmitted", null, "record-told")]
    public void Call_Outcomes(string first, string? second, string steps)
    {
        var evaluation = Of(Stay(disposition: Disposition(Nubc, "01")), WithGp)
            .WithStep("follow-up-call", "completed", first);
        if (second is not null)
        {
            evaluation.WithStep("second-call", "completed", second);
        }

        string[] after = ["second-call", "call-supervisor", "nurse-concern", "record-told"];
        Assert.That(string.Join(' ', after.Where(evaluation.Applies)), Is.EqualTo(steps));
    }

    [TestCase("booked", "2026-03-15", false, true)]
    [TestCase("booked", "2026-03-16", false, false)]
    [TestCase("booked", "2026-03-08", true, true)]
    [TestCase("booked", "2026-03-09", true, false)]
    [TestCase("booked", null, false, false)]
    [TestCase("declined", null, false, true)]
    public void Appointment_Review(string outcome, string? day, bool highRisk, bool passes)
    {
        var outputs = new List<string> { $$"""{"type":"outcome","code":"{{outcome}}"}""" };
        if (outcome == "booked")
        {
            outputs.Add("""{"type":"Appointment","reference":"Appointment/a1"}""");
        }

        if (day is not null)
        {
            outputs.Add($$"""{"type":"appointment-date","text":"{{day}}"}""");
        }

        var evaluation = Of(Stay()).With("output", [.. outputs]);
        if (highRisk)
        {
            evaluation.With("risks",
                """{"resourceType":"RiskAssessment","status":"final","prediction":[{"qualitativeRisk":{"coding":["""
                + """{"system":"http://terminology.hl7.org/CodeSystem/risk-probability","code":"high"}]}}]}""");
        }

        Assert.That(evaluation.Passes("pcp-appointment"), Is.EqualTo(passes));
    }

    [Test]
    public void Closing_ListsDoneNotDoneAndWhy()
    {
        var evaluation = Of(Stay(disposition: Disposition(Nubc, "01")), Patient).With("careTeams", Team)
            .WithStep("medication-reconciliation", "completed", "no-discrepancy")
            .WithStep("follow-up-call", "completed", "reached-well")
            .WithStep("pcp-appointment", "expired");
        foreach (var other in new[]
        {
            "handover", "prescriber-review", "second-call", "call-supervisor", "nurse-concern", "record-told",
        })
        {
            evaluation.WithStep(other, "skipped");
        }

        Assert.That(evaluation.Value("closing", "payload.contentString"), Is.EqualTo(
            "Follow-up of your patient Ann B Reed (born 1950-01-02) after the discharge on 2026-03-01. "
            + "Done: Reconcile the medication: no-discrepancy; Call the patient: reached-well. "
            + "Not done: Book the appointment with the general practitioner: expired. Did not apply: nothing."));
    }

    [Test]
    public void Correction_OnlyWhereTold()
    {
        var evaluation = Of(Stay("in-progress"), WithGp).With(
            "chain",
            """{"started":"2026-03-02T09:00:00Z","reason":"""
            + """{"code":"discharge-reversed","display":"the discharge was reversed"}}""");
        Assert.That(evaluation.Applies("correction"), Is.False);
        evaluation.WithStep("discharge-notice", "completed");
        Assert.That(evaluation.Applies("correction"), Is.True);
        Assert.That(evaluation.Applies("correction-check"), Is.False);
        Assert.That(
            evaluation.Value("correction", "payload.contentString"),
            Does.EndWith("no longer stands as told: the discharge was reversed. We have stopped our follow-up."));
    }

    [Test]
    public void Clocks_AsThePackageSays()
    {
        var steps = OwnPackages.Discharge.Definition.Steps;
        Assert.That(
            steps.Where(
                step => step is { Kind: FhirOrchestrator.Chains.StepKind.HumanTask, OnStop: false }
                && step.Name.Value != "summary-without-pcp")
                .Select(step => step.Deadline),
            Is.All.EqualTo(TimeSpan.FromDays(14)));
        var evaluation = Of(Stay());
        Assert.That(evaluation.Due("nurse-concern"), Does.StartWith("3600"));
        Assert.That(evaluation.Due("follow-up-call"), Does.StartWith("172800"));
        Assert.That(OwnPackages.Discharge.Starts.Single().StartWithin, Is.EqualTo(TimeSpan.FromDays(7)));
        Assert.That(OwnPackages.Discharge.MayStart, Is.True);
    }
}
