namespace FhirOrchestrator.Tests.Plans;

/// <summary>
/// Whatever a plan says that is not understood is refused with file, path, reason and the nearest right thing.
/// </summary>
internal sealed class RefusalTests
{
    private const string Own = "https://fhirorchestrator.dev/fhir/StructureDefinition/";

    /// <summary>Where the refusal finds the step that most of the cases break.</summary>
    private const string Closing = "broken/plan.json: PlanDefinition.action[0].action[13]";

    private static TestCaseData Case(string name, Func<Broken, Broken> change, string expected) =>
        new TestCaseData(change, expected).SetArgDisplayNames(name);

    private static string Days(string name, int value) => $$$"""
        {"url":"{{{Own}}}{{{name}}}",
         "valueDuration":{"value":{{{value}}},"system":"http://unitsofmeasure.org","code":"d"}}
        """;

    private static IEnumerable<TestCaseData> Elements() =>
    [
        Case("misspelt element", p => p.WithStep("closing", "titel", "\"x\""),
            $"{Closing}.titel: expected an element that is understood in a step, got 'titel' (nearest: title)"),
        Case("misspelt element of the plan", p => p.WithPlan("aproveDate", "\"2026-01-01\""),
            "broken/plan.json: PlanDefinition.aproveDate: expected an element that is understood in PlanDefinition, "
            + "got 'aproveDate' (nearest: approvalDate)"),
        Case("timer", p => p.WithStep("closing", "timingDuration", "{\"value\":1}"),
            $"{Closing}.timingDuration: timers are not supported in this version (nearest: {Own}due)"),
        Case("sub-plan", p => p.WithStep("closing", "action", "[]"),
            $"{Closing}.action: sub-plans and groups are not supported in this version (nearest: relatedAction)"),
        Case("grouping", p => p.WithStep("closing", "selectionBehavior", "\"exactly-one\""),
            $"{Closing}.selectionBehavior: grouping and selection behaviours are not supported in this version "
            + "(nearest: condition)"),
        Case("transform", p => p.WithStep("closing", "transform", "\"x\""),
            $"{Closing}.transform: transforms (StructureMap) are not supported in this version (nearest: "
            + "dynamicValue)"),
        Case("library", p => p.WithPlan("library", "[\"x\"]"),
            "broken/plan.json: PlanDefinition.library: libraries (CQL, decision tables) are not supported in this "
            + "version"),
        Case("effective period", p => p.WithPlan("effectivePeriod", "{}"),
            "broken/plan.json: PlanDefinition.effectivePeriod: an effective period is not supported in this version: "
            + "nothing would enforce it (nearest: approvalDate)"),
        Case("loop", p => p.WithStepItem("closing", "modifierExtension", $"{{\"url\":\"{Own}loop\"}}"),
            $"{Closing}.modifierExtension[0]: expected a modifierExtension that is understood here, got '{Own}loop'"),
        Case("forEach", p => p.WithStepItem("closing", "modifierExtension", $"{{\"url\":\"{Own}forEach\"}}"),
            $"{Closing}.modifierExtension[0]: expected a modifierExtension that is understood here, got "
            + $"'{Own}forEach'"),
        Case("misspelt extension", p => p.WithStepItem(
            "closing", "extension", $"{{\"url\":\"{Own}deu\",\"valueDuration\":{{}}}}"),
            $"{Closing}.extension[0]: expected a extension that is understood here, got '{Own}deu' (nearest: "
            + $"{Own}due)"),
    ];

    private static IEnumerable<TestCaseData> Values() =>
    [
        Case("relation", p => p.WithStep(
            "closing", "relatedAction", "[{\"actionId\":\"handover\",\"relationship\":\"after-start\"}]"),
            $"{Closing}.relatedAction[0].relationship: only after-end is supported in this version (nearest: "
            + "after-end)"),
        Case("offset", p => p.WithStep(
            "closing",
            "relatedAction",
            "[{\"actionId\":\"handover\",\"relationship\":\"after-end\",\"offsetDuration\":{}}]"),
            $"{Closing}.relatedAction[0].offsetDuration: timers are not supported in this version (nearest: {Own}due)"),
        Case("named event", p => p.WithStep(
            "closing", "trigger", "[{\"type\":\"named-event\",\"name\":\"step-failed:x\"}]"),
            $"{Closing}.trigger[0].name: expected chain-stopped, got 'step-failed:x'"),
        Case("periodic start", p => p.WithRootItem(
            "trigger", "{\"type\":\"periodic\",\"data\":[{\"type\":\"Encounter\"}]}"),
            "broken/plan.json: PlanDefinition.action[0].trigger[1].type: periodic starts are not supported in this "
            + "version (nearest: data-changed)"),
        Case("CQL", p => p.With("plan.json", "text/fhirpath", "text/cql"),
            "broken/plan.json: PlanDefinition.extension[0].valueExpression.language: CQL is not understood: expected "
            + "text/fhirpath (nearest: text/fhirpath)"),
        Case("extension on a primitive", p => p.WithStep("closing", "_title", "{}"),
            $"{Closing}._title: expected an element that is understood in a step, got '_title' (nearest: title)"),
        Case("wrong form", p => p.WithStep("closing", "condition", "{}"),
            $"{Closing}.condition: expected an array, got an object"),
        Case("month", p => p.With("plan.json", "\"code\": \"d\"", "\"code\": \"mo\""),
            "broken/plan.json: PlanDefinition.action[0].extension[0].extension[0].valueDuration.code: a month has no "
            + "fixed length: expected s | min | h | d | wk (nearest: d)"),
        Case("activity kind", p => p.With(
            "activity-handover.json", "\"kind\": \"Task\"", "\"kind\": \"ServiceRequest\""),
            "broken/activity-handover.json: ActivityDefinition.kind: only Tasks and messages are made in this version "
            + "(nearest: Task)"),
        Case("activity element", p => p.With("activity-handover.json", "\"kind\":", "\"dosage\": [], \"kind\":"),
            "broken/activity-handover.json: ActivityDefinition.dosage: only Tasks and messages are made in this "
            + "version"),
        Case("endpoint", p => p.With(
            "subscription-task.json",
            "\"type\": \"rest-hook\"",
            "\"endpoint\": \"https://x\", \"type\": \"rest-hook\""),
            "broken/subscription-task.json: Subscription.channel.endpoint: the server fills in the endpoint: expected "
            + "none"),
        Case("channel", p => p.With("subscription-task.json", "rest-hook", "websocket"),
            "broken/subscription-task.json: Subscription.channel.type: only rest-hook is supported in this version "
            + "(nearest: rest-hook)"),
    ];

    private static IEnumerable<TestCaseData> Files() =>
    [
        Case("decision table", p => p.WithFile("risk.dmn", "<x/>"),
            "broken/risk.dmn: decision tables (DMN) are not supported in this version (nearest: condition.expression)"),
        Case("unknown file", p => p.WithFile("plans.json", "{}"),
            "broken/plans.json: expected plan.json | activity-NAME.json | subscription.json | subscription-NAME.json | "
            + "scenarios/NAME.json | README.md, got 'plans.json' (nearest: plan.json)"),
        Case("no plan", p => p.Without("plan.json"), "broken/plan.json: expected a PlanDefinition, got no file"),
        Case("broken JSON", p => p.WithFile("plan.json", "{\"resourceType\" \"PlanDefinition\"}"),
            "broken/plan.json: expected JSON, got something else (byte 16)"),
        Case("duplicate name", p => p.With("plan.json", "\"version\"", "\"url\": \"x\", \"version\""),
            "expected each name once in an object, got one twice"),
        Case("other resource", p => p.WithFile("plan.json", "{\"resourceType\":\"Plan\"}"),
            "broken/plan.json: Plan.resourceType: expected PlanDefinition, got Plan (nearest: PlanDefinition)"),
        Case("unused activity", p => p.WithFile(
            "activity-x.json",
            """
            {"resourceType":"ActivityDefinition","url":"urn:x","version":"1","title":"x","status":"active",
             "kind":"Task","code":{}}
            """),
            "broken/activity-x.json: expected an activity that a step makes, got one that none does"),
        Case("missing activity", p => p.Without("activity-handover.json"),
            "broken/plan.json: PlanDefinition.action[0].action[4].definitionCanonical: expected an activity of the "
            + "package's folder, got 'https://fhirorchestrator.dev/fhir/ActivityDefinition/handover'"),
    ];

    private static IEnumerable<TestCaseData> Meaning() =>
    [
        Case("syntax", p => p.With("plan.json", "%trigger.status = 'finished'", "%trigger.status = = 'finished'"),
            "broken/plan.json: PlanDefinition.action[0].condition[2].expression.expression: expected FHIRPath that is "
            + "understood: "),
        Case("unknown function", p => p.With("plan.json", "%patient.exists()", "%patient.exist()"),
            "broken/plan.json: PlanDefinition.action[0].condition[4].expression.expression: expected FHIRPath that is "
            + "understood: "),
        Case("unknown variable", p => p.With("plan.json", "%patient.exists()", "%patiant.exists()"),
            "PlanDefinition.action[0].condition[4].expression.expression: expected a variable that is there in a start "
            + "condition, got %patiant at character 1 (nearest: %patient)"),
        Case("variable of another place", p => p.With("plan.json", "%patient.exists()", "%steps.exists()"),
            "expected a variable that is there in a start condition, got %steps at character 1"),
        Case("step that need not have ended", p => p.With(
            "plan.json", "%`medication-reconciliation`.outcome", "%`pcp-appointment`.outcome"),
            "expected a step that has ended before, got %`pcp-appointment` at character 1: this step is not after it "
            + "(nearest: relatedAction after-end pcp-appointment)"),
        Case("output outside a review", p => p.With("plan.json", "%group = 'still-patient'", "%output.exists()"),
            "expected a variable that is there in the step 'still-a-patient', got %output at character 1"),
        Case("unknown predecessor", p => p.With(
            "plan.json", "\"actionId\": \"second-call\"", "\"actionId\": \"second-cal\""),
            "relatedAction[1].actionId: expected the id of a step, got 'second-cal' (nearest: second-call)"),
        Case("cycle", p => p.WithStep(
            "still-a-patient", "relatedAction", "[{\"actionId\":\"closing\",\"relationship\":\"after-end\"}]"),
            "PlanDefinition.action[0].action[0].relatedAction: expected an order with an end, got a cycle: "
            + "still-a-patient after closing after discharge-notice after identify-pcp after still-a-patient; loops "
            + "are not supported in this version"),
        Case("same id", p => p.With("plan.json", "\"id\": \"second-call\"", "\"id\": \"follow-up-call\""),
            "expected an id that is free, got 'follow-up-call' again"),
        Case("step kind", p => p.With("plan.json", "\"code\": \"human-task\"", "\"code\": \"human-tusk\""),
            "PlanDefinition.action[0].action[0].code[0].coding[0].code: expected a code of "
            + "https://fhirorchestrator.dev/fhir/CodeSystem/step, got 'human-tusk' (nearest: human-task)"),
        Case("pool", p => p.With("plan.json", "\"code\": \"pharmacist\"", "\"code\": \"farmacist\""),
            "got 'farmacist' (nearest: pharmacist)"),
        Case("outcome", p => p.With("plan.json", "\"code\": \"no-discrepancy\"", "\"code\": \"no-discrepency\""),
            "got 'no-discrepency' (nearest: no-discrepancy)"),
        Case("stop reason", p => p.With("plan.json", "\"name\": \"death\"", "\"name\": \"deaht\""),
            "got 'deaht' (nearest: death)"),
        Case("kind of activity", p => p.With(
            "plan.json", "ActivityDefinition/handover", "ActivityDefinition/correction"),
            "expected an activity of kind Task, got CommunicationRequest"),
        Case("element that the server sets", p => p.With(
            "activity-correction.json", "\"path\": \"recipient\"", "\"path\": \"status\""),
            "broken/activity-correction.json: ActivityDefinition.dynamicValue[0].path: expected an element of "
            + "Communication that a plan sets, got 'status', which the server sets"),
        Case("element that nobody knows", p => p.With(
            "activity-correction.json", "\"path\": \"recipient\"", "\"path\": \"recipiant\""),
            "expected an element of Communication that a plan sets, got 'recipiant' (nearest: recipient)"),
        Case("code list", p => p.With("plan.json", "ValueSet/stay-class", "ValueSet/stay-clas"),
            "expected a ValueSet of profiles/, got 'https://fhirorchestrator.dev/fhir/ValueSet/stay-clas' (nearest: "
            + "https://fhirorchestrator.dev/fhir/ValueSet/stay-class)"),
    ];

    private static IEnumerable<TestCaseData> Rules() =>
    [
        Case("due after the deadline", p => p.WithStep(
            "handover", "extension",
            $"[{Days("due", 20)},{Days("deadline", 14)}]"),
            "PlanDefinition.action[0].action[4].extension[0]: expected due before the deadline (14.00:00:00), got "
            + "20.00:00:00"),
        Case("deadline before a predecessor's", p => p.WithStep(
            "second-call", "extension",
            $"[{Days("deadline", 2)}]"),
            "expected a deadline not before that of 'follow-up-call' (14.00:00:00), got 2.00:00:00"),
        Case("endless clock", p => p.WithStep(
            "handover", "extension",
            $"[{Days("deadline", 900)}]"),
            "extension[0].valueDuration.value: expected more than 0 and at most 400 days, got 900 d"),
        Case("correction before a stop", p => p.WithStepItem(
            "closing", "extension", $$$"""{"url":"{{{Own}}}correction","valueBoolean":true}"""),
            "expected a correction after the chain's stop, got one without the trigger"),
        Case("reassign without max", p => p.WithStepItem(
            "handover", "extension",
            $$$"""{"url":"{{{Own}}}on-not-done","extension":[{"url":"kind","valueCode":"reassign"}]}"""),
            "expected max of 2 to 10 rounds for reassign, got none"),
        Case("person's step without a pool", p => p.WithStep("handover", "participant", "[]"),
            "expected at least one item, got an empty array"),
        Case("deadline of a message", p => p.WithStepItem("closing", "extension", Days("deadline", 14)),
            $"expected {Own}deadline at a human-task only, got it at a communication"),
        Case("watch of no reference", p => p.With(
            "plan.json", "\"valueString\": \"subject\"", "\"valueString\": \"subjet\""),
            "expected a reference of Encounter, got 'subjet' (nearest: subject)"),
        Case("two roots", p => p.WithPlan("action", "[{\"id\":\"chain\"},{\"id\":\"chain\"}]"),
            "PlanDefinition.action: expected one root action (id chain), got 2"),
    ];

    private static IEnumerable<TestCaseData> Criteria() =>
    [
        Case("status", p => p.With(
            "subscription-encounter.json", "?class=IMP,ACUTE,NONAC", "?class=IMP&status=finished"),
            "broken/subscription-encounter.json: Subscription.criteria: expected only parameters that a resource keeps "
            + "for life (_id, category, class, code, identifier, intent, patient, subject, type), got 'status': these "
            + "would never be announced: stop entered-in-error, stop cancelled, stop discharge-reversed, stop death, "
            + "stop readmitted (nearest: Encounter? without status=)"),
        Case("date", p => p.With("subscription-encounter.json", "?class=IMP,ACUTE,NONAC", "?date=gt2020"),
            "got 'date': these would never be announced: stop entered-in-error"),
        Case("chained", p => p.With("subscription-encounter.json", "?class=IMP,ACUTE,NONAC", "?subject.name=x"),
            "expected a plain parameter, got 'subject.name': chains, modifiers and _has are not safe in every server"),
        Case("_has", p => p.With("subscription-patient.json", "Patient?", "Patient?_has:Encounter:subject:class=IMP"),
            "expected a plain parameter, got '_has:Encounter:subject:class'"),
        Case("misspelt parameter", p => p.With("subscription-encounter.json", "?class", "?clas"),
            "expected a search parameter of Encounter, got 'clas' (nearest: class)"),
        Case("no query", p => p.With("subscription-patient.json", "Patient?", "Patient"),
            "broken/subscription-patient.json: Subscription.criteria: expected Type?query, got 'Patient' (nearest: "
            + "Patient?)"),
        Case("misspelt type", p => p.With("subscription-encounter.json", "Encounter?", "Encouter?"),
            "expected an R4 resource type, got 'Encouter' (nearest: Encounter)"),
        Case("no Patient", p => p.Without("subscription-patient.json"),
            "broken/plan.json: PlanDefinition: expected a subscription that delivers Patient, which the guard that "
            + "re-reads the patient before every effect needs, got none (nearest: subscription-patient.json)"),
        Case("no Task", p => p.Without("subscription-task.json"),
            "expected a subscription that delivers Task, which what people do with the chain's Tasks at the EHR needs, "
            + "got none"),
        Case("no Encounter", p => p.Without("subscription-encounter.json"),
            "expected a subscription that delivers Encounter, which the watch 'stays' (stop readmitted) needs, got "
            + "none"),
        Case("stop over an input that is read once", p => p.With(
            "plan.json", "%patient.deceased", "%risks.exists() or %patient.deceased")
                .With(
                    "plan.json",
                    "\"expression\": \"%risks.exists() or %patient.deceased",
                    "\"expression\": \"%patient.deceased")
                .With(
                    "plan.json",
                    "\"expression\": \"%trigger.status = 'cancelled'\"",
                    "\"expression\": \"%risks.exists()\""),
            "expected something that is delivered, got %risks, which is read once: stop cancelled would never hear of "
            + "a change"),
        Case("topic without filter", p => p.With("subscription-task.json", "Task?", "http://example.org/topic"),
            "broken/subscription-task.json: Subscription._criteria: expected one filter (Type?query) with a topic, "
            + "which the sweep also uses, got 0"),
    ];

    [TestCaseSource(nameof(Elements))]
    [TestCaseSource(nameof(Values))]
    [TestCaseSource(nameof(Files))]
    [TestCaseSource(nameof(Meaning))]
    [TestCaseSource(nameof(Rules))]
    [TestCaseSource(nameof(Criteria))]
    public void Compile_SomethingWrong_IsRefusedWithItsReason(Func<Broken, Broken> change, string expected)
    {
        var broken = change(Broken.Package());
        Assert.That(broken.Lines(), Has.Some.Contains(expected));
        Assert.That(broken.Compile().Package, Is.Null);
    }

    [TestCase("status", "\"draft\"", "the plan is draft, not active")]
    [TestCase("approvalDate", null, "the plan has no approvalDate (a full date)")]
    [TestCase("approvalDate", "\"2026-11\"", "the plan has no approvalDate (a full date)")]
    [TestCase("experimental", "true", "the plan is experimental")]
    public void Compile_NotReleased_CompilesAndMayNotStart(string member, string? json, string why)
    {
        var (package, problems) = Broken.Package().WithPlan(member, json).Compile();
        Assert.That(problems, Is.Empty);
        Assert.That(package, Is.Not.Null);
        Assert.That((package!.MayStart, package.WhyNot), Is.EqualTo((false, why)));
    }

    [Test]
    public void Compile_AnotherByte_GivesAnotherHash()
    {
        var one = Broken.Package().Compile().Package!.Definition.Plan.ContentHash;
        var same = Broken.Package().Compile().Package!.Definition.Plan.ContentHash;
        var other = Broken.Package().With("plan.json", "Nobody is lost", "Nobody gets lost").Compile()
            .Package!.Definition.Plan.ContentHash;
        Assert.That(same, Is.EqualTo(one));
        Assert.That(other, Is.Not.EqualTo(one));
    }

    [Test]
    public void LoadAll_OneBrokenPackage_LeavesTheOthers()
    {
        var folder = Directory.CreateTempSubdirectory("packages").FullName;
        try
        {
            var good = Directory.CreateDirectory(Path.Combine(folder, "good")).FullName;
            foreach (var file in Directory.EnumerateFiles(
                Path.Combine(OwnPackages.Root, "subscriptions", "referral-intake"), "*.json"))
            {
                File.Copy(file, Path.Combine(good, Path.GetFileName(file)));
            }

            Directory.CreateDirectory(Path.Combine(folder, "bad"));
            File.WriteAllText(Path.Combine(folder, "bad", "plan.json"), "{}");
            var all = FhirOrchestrator.Plans.PackageFolder.LoadAll(folder, Path.Combine(OwnPackages.Root, "profiles"));
            Assert.That(all.Packages.Select(package => package.Name), Is.EqualTo(new[] { "good" }));
            Assert.That(
                all.Lines(),
                Is.EqualTo(new[] { "bad/plan.json: expected an object with a resourceType, got none (byte 0)" }));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
