using FhirOrchestrator.Chains;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path;
using FhirOrchestrator.Outcomes;
using FhirOrchestrator.Plans;
using FhirOrchestrator.Tests.Support;
using TaskStatus = FhirOrchestrator.Chains.TaskStatus;

namespace FhirOrchestrator.Tests.Outcomes;

internal sealed class CommunicationProjectionTests
{
    [Test]
    public void Create_Message_HasWhatR4Asks()
    {
        var message = Message().Root;
        Assert.Multiple(() =>
        {
            Assert.That(message.Text("status"), Is.EqualTo("in-progress"));
            Assert.That(message["sent"], Is.Null);
            Assert.That(message.Child("subject")?.Text("reference"), Is.EqualTo("Patient/p1"));
            Assert.That(message.Children("recipient").Single().Text("reference"), Is.EqualTo("Practitioner/gp"));
            Assert.That(message.Children("about").Single().Text("reference"), Is.EqualTo("Encounter/e1"));
            Assert.That(message.Child("encounter")?.Text("reference"), Is.EqualTo("Encounter/e1"));
            Assert.That(message.Children("payload").Single().Text("contentString"), Is.EqualTo("Discharged: e1"));
            Assert.That(message.Child("sender")?.Text("type"), Is.EqualTo("Device"));
        });
    }

    [Test]
    public void Create_Message_ConformsToItsProfile() =>
        Assert.That(OwnProfiles.Errors(Message(), "chain-communication"), Is.Empty);

    [Test]
    public void Create_SeveralItems_AreSeveralPayloads()
    {
        var message = Draft(Sample.MessageTemplate(isCorrection: false) with
        {
            Values =
            [
                new TemplateValue("recipient", PathExpression.Compile("'Practitioner/a' | 'Practitioner/b'")),
                new TemplateValue("payload.contentString", PathExpression.Compile("%steps.title")),
            ],
        }).Resource;
        Assert.That(message?.Root.Children("recipient").Count(), Is.EqualTo(2));
        Assert.That(
            message?.Root.Children("payload").Select(payload => payload.Text("contentString")),
            Is.EqualTo(["Follow-up call", "Tell the GP", "Correct it"]));
    }

    [Test]
    public void Create_NobodyToSendItTo_IsRefused() => Assert.That(
        Draft(Sample.MessageTemplate(false) with { Values = Sample.MessageTemplate(false).Values.RemoveAt(0) }).Problem,
        Is.EqualTo(EffectReasons.NoRecipient));

    [Test]
    public void Create_NothingToSay_IsRefused() => Assert.That(
        Draft(Sample.MessageTemplate(false) with { Values = [Sample.MessageTemplate(false).Values[0]] }).Problem?.Value,
        Is.EqualTo("unrenderable"));

    [Test]
    public void Create_Correction_AnswersWhatWasSent()
    {
        var sent = Sample.EffectOf(
            Resource.Create("Communication", ("status", "completed")).WithId("c1"), Sample.Notify);
        var state = Sample.State(ChainPhase.Stopping, notify: new StepState { Phase = StepPhase.Completed, Round = 1 });
        var running = new StepState { Phase = StepPhase.Running, Round = 1 };
        state = state with { Steps = state.Steps.SetItem(Sample.Correct, running) };
        var message = CommunicationProjection.Create(
            Sample.View(state) with { Effects = [sent] }, Sample.Correct).Resource;
        Assert.That(message?.Root.Children("inResponseTo").Single().Text("reference"), Is.EqualTo("Communication/c1"));
    }

    [TestCase(StepPhase.Running, false, "in-progress")]
    [TestCase(StepPhase.Waiting, false, "in-progress")]
    [TestCase(StepPhase.Held, false, "in-progress")]
    [TestCase(StepPhase.Completed, true, "completed")]
    [TestCase(StepPhase.Completed, false, "in-progress")]
    [TestCase(StepPhase.Expired, true, "stopped")]
    [TestCase(StepPhase.Expired, false, "not-done")]
    [TestCase(StepPhase.Cancelled, false, "not-done")]
    [TestCase(StepPhase.NotDone, false, "not-done")]
    public void Apply_Phase_IsNeverMoreThanIsKnown(StepPhase phase, bool reachesInbox, string expected)
    {
        var message = Applied(
            new StepState { Phase = phase, Round = 1, EndedAt = Sample.Now }, Message(), reachesInbox);
        Assert.That(message.Root.Text("status"), Is.EqualTo(expected));
        Assert.That(message.Root["sent"] is not null, Is.EqualTo(expected == "completed"));
        Assert.That(message.Root["statusReason"] is not null, Is.EqualTo(expected is "stopped" or "not-done"));
    }

    [Test]
    public void Apply_SentByAPerson_IsCompletedAtThatTime()
    {
        var at = Sample.Now.AddHours(3);
        var state = new StepState
        {
            Phase = StepPhase.Completed, Round = 1,
            Task = new HumanTask { Status = TaskStatus.Completed, Since = at, Touched = true },
        };
        Assert.That(Resource.Instant(Applied(state, Message(), false).Root.Text("sent")), Is.EqualTo(at));
    }

    [TestCase("completed")]
    [TestCase("not-done")]
    [TestCase("entered-in-error")]
    public void Apply_WhatEndedAtTheEhr_KeepsItsStatus(string status)
    {
        var message = Message().With("status", status);
        Assert.That(
            Applied(new StepState { Phase = StepPhase.Cancelled, Round = 1 }, message, true), Is.SameAs(message));
    }

    private static Resource Message() =>
        CommunicationProjection.Create(Sample.View(), Sample.Notify).Resource
            ?? throw new AssertionException("no message");

    private static Resource Applied(StepState notify, Resource message, bool reachesInbox) =>
        CommunicationProjection.Apply(
        Sample.View(Sample.State(notify: notify)), Sample.EffectOf(message, Sample.Notify), message, reachesInbox);

    private static Draft Draft(StepTemplate template)
    {
        var package = Sample.Package();
        return CommunicationProjection.Create(
            Sample.View(package: package with { Templates = package.Templates.SetItem(Sample.Notify, template) }),
            Sample.Notify);
    }
}
