using FhirOrchestrator.Chains;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path;
using FhirOrchestrator.Outcomes;
using FhirOrchestrator.Plans;
using FhirOrchestrator.Tests.Support;

namespace FhirOrchestrator.Tests.Outcomes;

internal sealed class TaskProjectionTests
{
    [Test]
    public void Create_Stay_IsFocusEncounterAndReasonButNotBasedOn()
    {
        var task = Sample.CallTask().Root;
        Assert.Multiple(() =>
        {
            Assert.That(task.Child("focus")?.Text("reference"), Is.EqualTo("Encounter/e1"));
            Assert.That(task.Child("encounter")?.Text("reference"), Is.EqualTo("Encounter/e1"));
            Assert.That(task.Child("reasonReference")?.Text("reference"), Is.EqualTo("Encounter/e1"));
            Assert.That(task["basedOn"], Is.Null);
            Assert.That(task.Child("for")?.Text("reference"), Is.EqualTo("Patient/p1"));
            Assert.That(task.Text("status"), Is.EqualTo("requested"));
            Assert.That(task.Text("intent"), Is.EqualTo("order"));
            Assert.That(task["owner"], Is.Null);
            Assert.That(task.Items("performerType"), Has.Length.EqualTo(1));
            Assert.That(task.Child("requester")?.Child("identifier")?.Text("system"), Is.EqualTo(Sample.Installation));
            Assert.That(
                task.Child("restriction")?.Child("period")?.Text("end"), Is.EqualTo("2026-03-03T08:00:00.000Z"));
            Assert.That(task.Child("groupIdentifier")?.Text("value"), Is.EqualTo(Sample.State().Id.ToString()));
            Assert.That(task.Text("instantiatesCanonical"), Does.EndWith("follow-up-call|1"));
            Assert.That(task.Child("code")?.Text("text"), Is.EqualTo("Call the patient"));
            Assert.That(task.Child("reasonCode")?.Text("text"), Is.EqualTo("Discharged home"));
        });
    }

    [Test]
    public void Create_Task_ConformsToItsProfile() =>
        Assert.That(OwnProfiles.Errors(Sample.CallTask(), "chain-task"), Is.Empty);

    [Test]
    public void Create_Request_IsBasedOnAndMayBeFulfilled()
    {
        var order = Sample.Json(
            """
            {"resourceType":"ServiceRequest","id":"s1","status":"active","intent":"order",
             "subject":{"reference":"Patient/p1"},"encounter":{"reference":"Encounter/e9"}}
            """);
        var dossier = new Dossier([new("trigger", "ServiceRequest", "s1", "1", order, Sample.Now)]);
        var fulfil = Sample.CallTemplate() with { Code = new Code(Vocabulary.TaskCode, "fulfill", "Fulfill") };
        var task = Created(fulfil, dossier: dossier);
        Assert.Multiple(() =>
        {
            Assert.That(task.Root.Children("basedOn").Single().Text("reference"), Is.EqualTo("ServiceRequest/s1"));
            Assert.That(task.Root.Child("focus")?.Text("reference"), Is.EqualTo("ServiceRequest/s1"));
            Assert.That(task.Root.Child("encounter")?.Text("reference"), Is.EqualTo("Encounter/e9"));
            Assert.That(
                task.Root.Child("code")?.Children("coding").Select(coding => coding.Text("code")),
                Is.EqualTo(["fulfill", "follow-up-call"]));
        });
    }

    [Test]
    public void Create_FulfillOfAStay_IsRefused()
    {
        var fulfil = Sample.CallTemplate() with { Code = new Code(Vocabulary.TaskCode, "fulfill") };
        Assert.That(Draft(fulfil).Problem?.Display, Does.Contain("focus"));
    }

    [TestCase("status", "'completed'")]
    [TestCase("for", "'Patient/2'")]
    [TestCase("identifier.value", "'x'")]
    [TestCase("requester", "'Device/1'")]
    [TestCase("basedOn", "'Encounter/e1'")]
    [TestCase("focus", "('Encounter/1' | 'Encounter/2')")]
    [TestCase("input[3].valueString", "'x'")]
    public void Create_ValueThatDoesNotFit_IsRefused(string path, string expression)
    {
        var draft = Draft(Sample.CallTemplate() with
        {
            Values = [new TemplateValue(path, PathExpression.Compile(expression))],
        });
        Assert.That(draft.Resource, Is.Null);
        Assert.That(draft.Problem?.Value, Is.EqualTo("unrenderable"));
    }

    [Test]
    public void Create_FixedStatus_IsRefused() => Assert.That(
        Draft(Sample.CallTemplate() with { Fixed = Node.Object(("status", "draft")) }).Problem?.Display,
        Does.Contain("status"));

    [Test]
    public void Create_FixedAndValues_AreLaidOverInOrder()
    {
        var task = Created(Sample.CallTemplate() with
        {
            Fixed = Node.Object(("priority", "urgent"), ("location", Elements.Reference("Location/1"))),
            Values =
            [
                Value("priority", "'stat'"),
                Value("owner", "%patient.generalPractitioner"),
                Value("input[0].type", "'stay'"),
                Value("input[0].valueReference", "%trigger"),
                Value("description", "{}"),
            ],
        });
        Assert.Multiple(() =>
        {
            Assert.That(task.Root.Text("priority"), Is.EqualTo("stat"));
            Assert.That(task.Root.Child("location")?.Text("reference"), Is.EqualTo("Location/1"));
            Assert.That(task.Root.Child("owner")?.Text("reference"), Is.EqualTo("Practitioner/gp"));
            var input = task.Root.Children("input").Single();
            Assert.That(input.Child("type")?.Text("text"), Is.EqualTo("stay"));
            Assert.That(input.Child("valueReference")?.Text("reference"), Is.EqualTo("Encounter/e1"));
            Assert.That(task.Root.Text("description"), Is.EqualTo("Follow-up call"), "nothing sets nothing");
        });
    }

    [Test]
    public void Create_SecondRound_ReplacesTheFirst()
    {
        var state = Sample.State(call: new StepState { Phase = StepPhase.Running, Round = 2, StartedAt = Sample.Now });
        var chain = Sample.View(state) with { Effects = [Sample.EffectOf(Sample.CallTask("rejected"))] };
        var task = TaskProjection.Create(chain, Sample.Call).Resource;
        var replaces = task?.Root.Children("extension").Single();
        Assert.That(replaces?.Text("url"), Is.EqualTo(Vocabulary.TaskReplaces));
        Assert.That(replaces?.Child("valueReference")?.Text("reference"), Is.EqualTo("Task/t1"));
        Assert.That(task is null ? null : EffectIdentity.Of(task, Sample.Installation)?.Round, Is.EqualTo(2));
    }

    [Test]
    public void Create_SendTask_PointsAtTheMessage()
    {
        var message = Sample.EffectOf(Resource.Create("Communication").WithId("c1"), Sample.Notify);
        var task = TaskProjection.CreateSend(Sample.View(), Sample.Notify, 1, message).Resource;
        Assert.That(task?.Root.Child("focus")?.Text("reference"), Is.EqualTo("Communication/c1"));
        Assert.That(
            task is null ? null : EffectIdentity.Of(task, Sample.Installation)?.Step.Value, Is.EqualTo("notify.send"));
        var kept = TaskProjection.CreateSend(Sample.View(), Sample.Notify, 1, message with { Id = null }).Resource;
        Assert.That(kept?.Root.Child("focus")?.Child("identifier")?.Text("value"), Does.EndWith("/notify/1"));
    }

    private static TemplateValue Value(string path, string text) => new(path, PathExpression.Compile(text));

    private static Draft Draft(StepTemplate template, Dossier? dossier = null)
    {
        var package = Sample.Package();
        return TaskProjection.Create(
            Sample.View(
                dossier: dossier,
                package: package with { Templates = package.Templates.SetItem(Sample.Call, template) }),
            Sample.Call);
    }

    private static Resource Created(StepTemplate template, Dossier? dossier = null)
    {
        var draft = Draft(template, dossier);
        return draft.Resource ?? throw new AssertionException(draft.Problem?.Display ?? "no Task");
    }
}
