using FhirOrchestrator.Chains;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Outcomes;
using FhirOrchestrator.Remote;
using FhirOrchestrator.Settings;
using FhirOrchestrator.Steps;
using Sample = FhirOrchestrator.Tests.Outcomes.Sample;

namespace FhirOrchestrator.Tests.Steps;

internal sealed class StepsTests
{
    [Test]
    public async Task HumanTask_Plain_IsCreatedOnceAndWaits()
    {
        using var world = new World();
        Assert.That(await world.RunAsync(Sample.Call), Is.TypeOf<StepReport.Waiting>());
        Assert.That(await world.TryAsync(Sample.Call), Is.TypeOf<StepReport.Waiting>(), "again, by a zombie");
        Assert.That(world.Ehr.All("Task"), Has.Length.EqualTo(1));
        var row = world.Ledger.Rows.Single();
        Assert.That((row.Id, row.Version), Is.EqualTo((world.Task(Sample.Call).Id, "1")));
        Assert.That(await world.NotifyAsync(world.Task(Sample.Call).Path), Is.EqualTo(Authorship.Ours));
    }

    [Test]
    public async Task HumanTask_ReplyLost_IsFoundAtOnceAndNotMadeTwice()
    {
        using var world = new World();
        world.Ehr.Faults = request => request.Method == "POST" ? Fault.ReplyLost : Fault.None;
        Assert.That(await world.RunAsync(Sample.Call), Is.TypeOf<StepReport.Waiting>());
        Assert.That(world.Ehr.All("Task"), Has.Length.EqualTo(1));
        Assert.That(world.Ledger.Rows.Single().Id, Is.EqualTo(world.Task(Sample.Call).Id));
    }

    [Test]
    public async Task HumanTask_ReplyAndReadBackLost_IsFoundByTheNextTry()
    {
        using var world = new World();
        world.Ehr.Faults = request => request.Method == "POST" ? Fault.ReplyLost
            : request.PathAndQuery.Contains("identifier", StringComparison.Ordinal) ? Fault.RequestLost
            : Fault.None;
        Assert.That(await world.RunAsync(Sample.Call), Is.TypeOf<StepReport.Retry>());
        Assert.That(world.Ledger.Rows.Single().Id, Is.Null);
        world.Ehr.Faults = _ => Fault.None;
        Assert.That(await world.RunAsync(Sample.Call), Is.TypeOf<StepReport.Waiting>());
        Assert.That(world.Ehr.Writes.Count(), Is.EqualTo(1));
    }

    [Test]
    public async Task HumanTask_EditedWhileItsCreationWasUnknown_IsLearned()
    {
        using var world = new World();
        world.Ehr.Faults = request => request.Method == "POST" ? Fault.ReplyLost
            : request.PathAndQuery.Contains("identifier", StringComparison.Ordinal) ? Fault.RequestLost
            : Fault.None;
        await world.RunAsync(Sample.Call);
        world.Ehr.Faults = _ => Fault.None;
        world.Ehr.Edit(world.Task(Sample.Call).Path, "status", "accepted");
        await world.RunAsync(Sample.Call);
        Assert.That(world[Sample.Call].Task?.Status, Is.EqualTo(FhirOrchestrator.Chains.TaskStatus.Accepted));
        Assert.That(world[Sample.Call].Phase, Is.EqualTo(StepPhase.Waiting));
    }

    [Test]
    public async Task HumanTask_LandedTwice_KeepsOneAndMarksTheOther()
    {
        using var world = new World();
        world.Ehr.IsConditional = false;
        world.Ehr.Faults = request => request.Method == "POST" ? Fault.LandsLate : Fault.None;
        Assert.That(await world.RunAsync(Sample.Call), Is.TypeOf<StepReport.Retry>());
        world.Ehr.Faults = _ => Fault.None;
        Assert.That(await world.RunAsync(Sample.Call), Is.TypeOf<StepReport.Waiting>());
        world.Ehr.LandLate();
        Assert.That(world.Ehr.All("Task"), Has.Length.EqualTo(2), "nobody could prevent it");
        world.Act(Sample.Call, new TaskAction.Complete([new StepOutput("outcome", Coded: Sample.Reached)], []));
        await world.PublishFullyAsync();
        var kept = world.Ledger.Rows.Single().Path;
        Assert.That(
            world.Ehr.All("Task").ToDictionary(task => task.Path == kept, task => task.Root.Text("status")),
            Is.EquivalentTo(new Dictionary<bool, string> { [true] = "completed", [false] = "entered-in-error" }));
        Assert.That(world.Ledger.Notices, Is.EqualTo([EffectReasons.Duplicate]));
    }

    [Test]
    public async Task HumanTask_DuplicatesFoundOnCreation_KeepsTheOneWorkedOn()
    {
        using var world = new World();
        world.Ehr.Faults = request => request.Method == "POST" ? Fault.ReplyLost
            : request.PathAndQuery.Contains("identifier", StringComparison.Ordinal) ? Fault.RequestLost
            : Fault.None;
        await world.RunAsync(Sample.Call);
        var first = world.Task(Sample.Call);
        var second = world.Ehr.Put(
            first.WithId("zz").With("status", "accepted").With("owner", Elements.Reference("P/1")));
        world.Ehr.Faults = _ => Fault.None;
        await world.RunAsync(Sample.Call);
        Assert.That(world.Ledger.Rows.Single().Path, Is.EqualTo(second.Path));
        Assert.That(world.Ehr[first.Path].Root.Text("status"), Is.EqualTo("entered-in-error"));
    }

    [TestCase(400)]
    [TestCase(422)]
    public async Task HumanTask_Refused_Fails(int status)
    {
        using var world = new World();
        var refusing = new Support.ScriptedEhr(request => request.Method == "POST"
            ? Support.ScriptedEhr.Outcome(status, "invalid")
            : Support.ScriptedEhr.Json(200, (request.PathAndQuery.Contains("Patient", StringComparison.Ordinal)
                ? Sample.Patient : Sample.Stay).Root.ToString()));
        using var client = new EhrClient(
            Support.ScriptedEhr.Settings() with { Writes = WriteScope.All }, refusing, world.Time, new());
        var run = new StepRun
        {
            Step = Sample.Call, Chain = Sample.View(world.State), Ehr = client, Facts = world.Facts,
            Ledger = world.Ledger, Time = world.Time,
        };
        var report = await new HumanTaskStep().RunAsync(run, CancellationToken.None);
        Assert.That((report as StepReport.Failed)?.Reason, Is.EqualTo(EffectReasons.Refused));
    }

    [TestCase(WriteScope.Off)]
    [TestCase(WriteScope.Communication)]
    public async Task HumanTask_NotToBeWritten_IsKeptAndFollowsTheChain(WriteScope writes)
    {
        using var world = new World(writes);
        Assert.That(await world.RunAsync(Sample.Call), Is.TypeOf<StepReport.Waiting>());
        world.Act(Sample.Call, new TaskAction.Complete([new StepOutput("outcome", Coded: Sample.Reached)], []));
        await world.PublishFullyAsync();
        Assert.That(world.Ehr.Writes, Is.Empty);
        var kept = world.Ledger.Rows.Single();
        Assert.That(kept.Withheld);
        Assert.That(kept.Content?.Root.Text("status"), Is.EqualTo("completed"));
    }

    [Test]
    public async Task HumanTask_EhrWithoutTask_IsKept()
    {
        using var world = new World();
        world.Facts = world.Facts with { TakesTask = false };
        await world.RunAsync(Sample.Call);
        Assert.That(world.Ehr.Writes, Is.Empty);
        Assert.That(world.Ledger.Rows.Single().Withheld);
    }

    [Test]
    public async Task Communication_ReachesAnInbox_IsCompletedOnlyAfterItIsStored()
    {
        using var world = new World(reach: InboxReach.Yes);
        var report = await world.RunAsync(Sample.Notify);
        Assert.That(
            (report as StepReport.Done)?.Outputs.Single().Reference, Is.EqualTo(world.Message(Sample.Notify).Path));
        Assert.That(world.Ehr.Writes.Select(request => request.Method), Is.EqualTo(["POST", "PUT"]));
        Assert.That(world.Ehr.Writes.First().Body, Does.Contain("\"in-progress\"").And.Not.Contain("\"sent\""));
        Assert.That(world.Message(Sample.Notify).Root.Text("status"), Is.EqualTo("completed"));
        Assert.That(world.Message(Sample.Notify).Root["sent"], Is.Not.Null);
    }

    [TestCase(InboxReach.No)]
    [TestCase(InboxReach.Unknown)]
    public async Task Communication_ReachesNobody_IsSentByAPerson(InboxReach reach)
    {
        using var world = new World(reach: reach);
        Assert.That(await world.RunAsync(Sample.Notify), Is.TypeOf<StepReport.Waiting>());
        var send = world.Task(SendTask.Of(Sample.Notify));
        Assert.That(world.Message(Sample.Notify).Root.Text("status"), Is.EqualTo("in-progress"));
        world.Time.Advance(TimeSpan.FromHours(1));
        world.Act(Sample.Notify, new TaskAction.Complete([], []));
        await world.PublishFullyAsync();
        Assert.That(world.Ehr[send.Path].Root.Text("status"), Is.EqualTo("completed"));
        Assert.That(world.Message(Sample.Notify).Root.Text("status"), Is.EqualTo("completed"));
        Assert.That(
            Resource.Instant(world.Message(Sample.Notify).Root.Text("sent")), Is.EqualTo(Sample.Now.AddHours(1)));
    }

    [Test]
    public async Task Communication_SendTaskCompletedAtTheEhr_CompletesTheMessage()
    {
        using var world = new World();
        await world.RunAsync(Sample.Notify);
        var send = world.Task(SendTask.Of(Sample.Notify)).Path;
        world.Ehr.Edit(send, "status", "completed");
        Assert.That(await world.NotifyAsync(send), Is.EqualTo(Authorship.Theirs));
        await world.PublishFullyAsync();
        Assert.That(world.Message(Sample.Notify).Root.Text("status"), Is.EqualTo("completed"));
    }

    [Test]
    public async Task Communication_StoppedBeforeItWasSent_IsNotDone()
    {
        using var world = new World();
        await world.RunAsync(Sample.Notify);
        world.Signal("trigger", world.Ehr.Edit("Encounter/e1", "status", "in-progress"));
        await world.PublishFullyAsync();
        Assert.That(world.Message(Sample.Notify).Root.Text("status"), Is.EqualTo("not-done"));
        Assert.That(world.Task(SendTask.Of(Sample.Notify)).Root.Text("status"), Is.EqualTo("cancelled"));
        Assert.That(world[Sample.Correct].Phase, Is.EqualTo(StepPhase.Skipped), "nobody was told");
    }

    [Test]
    public async Task Communication_HeldAndResumed_GetsAFurtherSendTask()
    {
        using var world = new World();
        await world.RunAsync(Sample.Notify);
        world.Decide(new Decision.Hold());
        await world.PublishFullyAsync();
        Assert.That(world.Task(SendTask.Of(Sample.Notify)).Root.Text("status"), Is.EqualTo("cancelled"));
        world.Decide(new Decision.Resume());
        await world.RunAsync(Sample.Notify);
        await world.PublishFullyAsync();
        Assert.That(world.Task(SendTask.Of(Sample.Notify, 2)).Root.Text("status"), Is.EqualTo("requested"));
        Assert.That(world.Ehr.All("Communication"), Has.Length.EqualTo(1));
        world.Act(Sample.Notify, new TaskAction.Complete([], []));
        await world.PublishFullyAsync();
        Assert.That(world.Task(SendTask.Of(Sample.Notify, 2)).Root.Text("status"), Is.EqualTo("completed"));
        Assert.That(world.Message(Sample.Notify).Root.Text("status"), Is.EqualTo("completed"));
    }

    [Test]
    public async Task Communication_NobodyToSendItTo_Fails()
    {
        using var world = new World();
        var patient = world.Ehr.Edit("Patient/p1", "generalPractitioner", null);
        world.Dossier = Sample.Dossier(patient: patient);
        Assert.That(
            ((StepReport.Failed)await world.RunAsync(Sample.Notify)).Reason, Is.EqualTo(EffectReasons.NoRecipient));
        Assert.That(world.Ehr.Writes, Is.Empty);
    }

    [Test]
    public async Task Communication_NotToBeWritten_IsPreparedAndSentByHand()
    {
        using var world = new World(WriteScope.Off, InboxReach.Yes);
        Assert.That(
            await world.RunAsync(Sample.Notify), Is.TypeOf<StepReport.Waiting>(), "never sent by not being sent");
        Assert.That(world.Ehr.Writes, Is.Empty);
        Assert.That(
            world.Ledger.Rows.Single(row => row.Type == "Communication").Content?.Root.Text("status"),
            Is.EqualTo("preparation"));
        world.Act(Sample.Notify, new TaskAction.Complete([], []));
        await world.PublishFullyAsync();
        Assert.That(
            world.Ledger.Rows.Single(row => row.Type == "Communication").Content?.Root.Text("status"),
            Is.EqualTo("completed"));
    }
}
