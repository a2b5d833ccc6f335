using FhirOrchestrator.Chains;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Outcomes;
using TaskStatus = FhirOrchestrator.Chains.TaskStatus;

namespace FhirOrchestrator.Tests.Outcomes;

/// <summary>clinical.md, "What comes back".</summary>
internal sealed class TaskReaderTests
{
    [Test]
    public void Read_EveryStatus_IsTaken()
    {
        foreach (var status in Enum.GetValues<TaskStatus>())
        {
            Assert.That(Read(Sample.CallTask(TaskStatusCodes.Text(status))).Status, Is.EqualTo(status));
        }
    }

    [Test]
    public void Read_StatusThatR4DoesNotHave_ChangesNothing()
    {
        var known = Known(TaskStatus.Accepted);
        Assert.That(Read(Sample.CallTask("paused"), known).Status, Is.EqualTo(TaskStatus.Accepted));
        Assert.That(Read(Sample.CallTask("paused")).Status, Is.EqualTo(TaskStatus.Requested));
    }

    [Test]
    public void Read_OnHoldByOurSuspension_IsWhatTheChainSays()
    {
        var known = Known(TaskStatus.InProgress);
        var ours = Sample.CallTask("on-hold");
        var edited = ours.With("note", Node.Array(Node.Object(("text", "x"))));
        Assert.That(
            TaskReader.Read(edited, ours, null, known, Sample.BaseUrl).Status, Is.EqualTo(TaskStatus.InProgress));
        Assert.That(
            Read(Sample.CallTask("on-hold"), known).Status, Is.EqualTo(TaskStatus.OnHold), "put on hold by them");
    }

    [Test]
    public void Read_Gone_IsDeleted() => Assert.That(Read(null).Deleted);

    [Test]
    public void Read_OwnerDueAndReason_AreTheirs()
    {
        var reading = Read(Sample.CallTask("failed")
            .With("owner", Node.Object(("reference", "Practitioner/9"), ("display", "Nora")))
            .With("restriction", Node.Object(("period", Node.Object(("end", "2026-03-09")))))
            .With("statusReason", Node.Object(("text", "no phone"))));
        Assert.Multiple(() =>
        {
            Assert.That((reading.Owner, reading.OwnerName), Is.EqualTo(("Practitioner/9", "Nora")));
            Assert.That(reading.Due, Is.EqualTo(new DateTimeOffset(2026, 3, 9, 23, 59, 59, TimeSpan.Zero)));
            Assert.That(reading.StatusReason?.Display, Is.EqualTo("no phone"));
        });
    }

    [TestCase(
        """{"type":{"coding":[{"code":"outcome"}]},"valueCodeableConcept":{"coding":[{"code":"reached-well"}]}}""",
        "reached-well")]
    [TestCase("""{"type":{"text":"Outcome"},"valueCode":"reached-concern"}""", "reached-concern")]
    [TestCase("""{"type":{"text":"how it went"},"valueString":"Reached, well"}""", "reached-well")]
    [TestCase("""{"type":{"text":"outcome"},"valueCoding":{"code":"reached-well"}}""", "reached-well")]
    [TestCase("""{"type":{"text":"outcome"},"valueString":"left a message"}""", null)]
    [TestCase(
        """{"type":{"text":"outcome"},"valueCodeableConcept":{"coding":["""
        + """{"system":"http://x","code":"reached-well"}]}}""",
        null)]
    [TestCase("""{"type":{"text":"remark"},"valueString":"reached-well"}""", null)]
    public void Read_RequiredChoice_IsFoundOrMissing(string output, string? expected)
    {
        var reading = Read(WithOutput(output));
        if (expected is null)
        {
            Assert.That(reading.Missing, Is.EqualTo(["How it went"]));
        }
        else
        {
            Assert.That(reading.Missing, Is.Empty);
            Assert.That(reading.Outputs.Single(each => each.Type == "outcome").Coded?.Value, Is.EqualTo(expected));
        }
    }

    [TestCase("""{"type":{"text":"Appointment"},"valueReference":{"reference":"Appointment/1"}}""", true)]
    [TestCase(
        """{"type":{"text":"Appointment"},"valueReference":{"reference":"https://other.example/fhir/Appointment/1"}}""",
        true)]
    [TestCase("""{"type":{"text":"Appointment"},"valueString":"10 March, 9:00, Dr. Who"}""", true)]
    [TestCase("""{"type":{"text":"Appointment"},"valueReference":{"reference":"Encounter/1"}}""", false)]
    [TestCase("""{"type":{"text":"Appointment"},"valueString":" "}""", false)]
    public void Read_RequiredResource_IsFoundOrMissing(string output, bool isFound)
    {
        var template = Sample.CallTemplate() with { Outputs = [new("Appointment", "The visit", [], IsRequired: true)] };
        var reading = TaskReader.Read(WithOutput(output), Sample.CallTask(), template, null, Sample.BaseUrl);
        Assert.That(reading.Missing.IsEmpty, Is.EqualTo(isFound));
    }

    [Test]
    public void Read_OutputNobodyAskedFor_IsKept()
    {
        var reading = Read(WithOutput("""{"type":{"text":"remark"},"valueDecimal":1.50}"""));
        Assert.That(reading.Outputs.Single(), Is.EqualTo(new StepOutput("remark", Text: "1.50")));
    }

    [Test]
    public void Read_WhatWeRender_IsReadAgain()
    {
        foreach (var output in (StepOutput[])
            [new("outcome", Coded: Sample.Concern), new("x", Reference: "Appointment/1"), new("y", Text: "words")])
        {
            var task = Sample.CallTask().With("output", Node.Array(TaskOutputs.Render(output)));
            var read = TaskOutputs.Read(task, Sample.CallTemplate().Outputs).Outputs.Single();
            Assert.That(
                (read.Type, read.Coded?.Value, read.Reference),
                Is.EqualTo((output.Type, output.Coded?.Value, output.Reference)));
            Assert.That(TaskOutputs.Says((ObjectNode)TaskOutputs.Render(output), output));
        }
    }

    [TestCase("for", "Patient/other", "for")]
    [TestCase("for", "Patient/p1/_history/7", null)]
    [TestCase("for", "https://ehr.example/fhir/Patient/p1", null)]
    [TestCase("for", "https://other.example/fhir/Patient/p1", "for")]
    [TestCase("focus", "Encounter/e2", "focus")]
    public void Read_WhomItIsAbout_IsComparedAsKey(string element, string reference, string? changed)
    {
        var reading = Read(Sample.CallTask().With(element, Elements.Reference(reference)));
        Assert.That(reading.IdentityChanged, Is.EqualTo(changed is null ? (string[])[] : [changed]));
    }

    [Test]
    public void Read_IdentifierCodeOrBasedOnChanged_IsSaid()
    {
        var task = Sample.CallTask()
            .With("identifier", Node.Array(Elements.Identifier("urn:x", "1")))
            .With("code", Node.Object(("text", "another")))
            .With("basedOn", Node.Array(Elements.Reference("ServiceRequest/1")));
        Assert.That(Read(task).IdentityChanged, Is.EqualTo(["basedOn", "code", "identifier"]));
    }

    [Test]
    public void Read_WhatTheEhrAdds_IsNoChange()
    {
        var last = Sample.CallTask();
        var task = last
            .With("identifier", Node.Array([.. last.Root.Items("identifier"), Elements.Identifier("urn:ehr", "4711")]))
            .With("for", Node.Object(("reference", "Patient/p1"), ("display", "C. Canary")));
        Assert.That(Read(task).IdentityChanged, Is.Empty);
    }

    [Test]
    public void Read_NoteWhileOurClaimIsNotWrittenYet_KeepsTheClaim()
    {
        var last = Sample.CallTask();
        var known = Known(TaskStatus.Accepted) with
        {
            Due = Sample.Now.AddDays(5), Outputs = [new StepOutput("x", Text: "y")],
        };
        var reading = TaskReader.Read(
            last.With("note", Node.Array(Node.Object(("text", "n")))), last, null, known, Sample.BaseUrl);
        Assert.Multiple(() =>
        {
            Assert.That((reading.Status, reading.OwnerName), Is.EqualTo((TaskStatus.Accepted, "Nora")));
            Assert.That(reading.Due, Is.EqualTo(Sample.Now.AddDays(5)));
            Assert.That(reading.Outputs, Is.EqualTo(known.Outputs));
        });
    }

    private static StepState Known(TaskStatus status) => new()
    {
        Phase = StepPhase.Waiting,
        Round = 1,
        Task = new HumanTask { Status = status, OwnerName = "Nora", Since = Sample.Now },
    };

    private static TaskReading Read(Resource? task, StepState? known = null) =>
        TaskReader.Read(task, Sample.CallTask(), Sample.CallTemplate(), known, Sample.BaseUrl);

    private static Resource WithOutput(string output) => Sample.CallTask("completed").With(
        "output", Node.Array(JsonText.Read(System.Text.Encoding.UTF8.GetBytes(output)).Value));
}
