using FhirOrchestrator.Chains;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Outcomes;
using FhirOrchestrator.Steps;
using Sample = FhirOrchestrator.Tests.Outcomes.Sample;
using TaskStatus = FhirOrchestrator.Chains.TaskStatus;

namespace FhirOrchestrator.Tests.Steps;

internal sealed class PublisherTests
{
    private static readonly TaskAction Done =
        new TaskAction.Complete([new StepOutput("outcome", Coded: Sample.Reached)], []);

    [Test]
    public async Task Publish_NothingChanged_CostsNoRequest()
    {
        using var world = new World();
        await world.RunAsync(Sample.Call);
        await world.PublishFullyAsync();
        var before = world.Ehr.Seen.Count;
        Assert.That((await world.PublishAsync()).Effects.Single().Outcome, Is.EqualTo(PublishOutcome.UpToDate));
        Assert.That(world.Ehr.Seen, Has.Count.EqualTo(before));
    }

    [Test]
    public async Task Publish_CompletedOnOurScreens_WalksLegalEdgesAndIsKnownAgain()
    {
        using var world = new World();
        await world.RunAsync(Sample.Call);
        world.Act(Sample.Call, Done);
        await world.PublishFullyAsync();
        Assert.That(
            world.Ehr.Writes.Select(request => Sample.Json(request.Body).Root.Text("status")),
            Is.EqualTo(["requested", "accepted", "in-progress", "completed"]));
        Assert.That(await world.NotifyAsync(world.Task(Sample.Call).Path), Is.EqualTo(Authorship.Ours));
        Assert.That(world.Ledger.Learned, Is.Zero);
    }

    [Test]
    public async Task Publish_PersonEditedMeanwhile_IsLearnedBeforeAnythingIsWritten()
    {
        using var world = new World();
        await world.RunAsync(Sample.Call);
        var path = world.Task(Sample.Call).Path;
        world.Act(Sample.Call, new TaskAction.Claim());
        world.Ehr.Put(world.Ehr[path].With("status", "in-progress")
            .With("owner", Elements.Reference("Practitioner/7"))
            .With("note", Node.Array(Node.Object(("text", "mine")))));
        var report = await world.PublishAsync();
        Assert.That(report.Effects.Single().Outcome, Is.EqualTo(PublishOutcome.Learned));
        Assert.That(report.IsSettled, Is.False);
        Assert.That(world[Sample.Call].Task?.Owner, Is.EqualTo("Practitioner/7"));
        await world.PublishFullyAsync();
        Assert.That(world.Ehr[path].Root.Text("status"), Is.EqualTo("in-progress"));
        Assert.That(world.Ehr[path].Root.Child("owner")?.Text("reference"), Is.EqualTo("Practitioner/7"));
        Assert.That(world.Ehr[path].Root["note"], Is.Not.Null);
    }

    [Test]
    public async Task Publish_PersonFasterByAHair_LosesNothing()
    {
        using var world = new World();
        await world.RunAsync(Sample.Call);
        var path = world.Task(Sample.Call).Path;
        world.Ehr.BeforeUpdate = _ =>
        {
            world.Ehr.BeforeUpdate = null;
            world.Ehr.Put(world.Ehr[path].With("status", "completed").With(
                "output", Node.Array(TaskOutputs.Render(new StepOutput("outcome", Coded: Sample.Concern)))));
        };
        world.Act(Sample.Call, new TaskAction.Claim());
        await world.PublishFullyAsync();
        Assert.That(world.Ehr[path].Root.Text("status"), Is.EqualTo("completed"));
        Assert.That(world[Sample.Call].Phase, Is.EqualTo(StepPhase.Completed));
        Assert.That(world[Sample.Call].Outputs.Single().Coded?.Value, Is.EqualTo("reached-concern"));
    }

    [Test]
    public async Task Publish_HundredEditors_OverwritesNobody()
    {
        using var world = new World();
        await world.RunAsync(Sample.Call);
        var path = world.Task(Sample.Call).Path;
        for (var editor = 0; editor < 100; editor++)
        {
            var text = $"note {editor}";
            Action edit = () => world.Ehr.Put(world.Ehr[path].With("note", Node.Array(
                [.. world.Ehr[path].Root.Items("note"), Node.Object(("text", text))])));
            if (editor % 3 == 0)
            {
                world.Ehr.BeforeUpdate = _ =>
                {
                    world.Ehr.BeforeUpdate = null;
                    edit();
                };
            }
            else
            {
                edit();
            }

            world.Act(Sample.Call, editor % 2 == 0 ? new TaskAction.Claim() : new TaskAction.Release());
            await world.PublishFullyAsync();
            if (world.Ehr.BeforeUpdate is not null)
            {
                world.Ehr.BeforeUpdate = null;
                edit();
            }
        }

        var notes = world.Ehr[path].Root.Children("note").Select(note => note.Text("text")).ToHashSet();
        TestContext.Out.WriteLine($"{notes.Count} of 100 notes kept, {world.Ehr.Writes.Count()} writes of ours");
        Assert.That(notes, Has.Count.EqualTo(100));
    }

    [TestCase(Fault.ReplyLost)]
    [TestCase(Fault.RequestLost)]
    public async Task Publish_AnswerLost_IsReadBackAndKnownAsOurs(object fault)
    {
        using var world = new World();
        await world.RunAsync(Sample.Call);
        world.Act(Sample.Call, new TaskAction.Claim());
        var lost = false;
        world.Ehr.Faults = request =>
        {
            if (request.Method != "PUT" || lost)
            {
                return Fault.None;
            }

            lost = true;
            return (Fault)fault;
        };
        await world.PublishFullyAsync();
        Assert.That(world.Task(Sample.Call).Root.Text("status"), Is.EqualTo("accepted"));
        Assert.That(world.Ledger.Learned, Is.Zero);
        Assert.That(await world.NotifyAsync(world.Task(Sample.Call).Path), Is.EqualTo(Authorship.Ours));
    }

    [Test]
    public async Task Publish_EhrDown_IsTriedLater()
    {
        using var world = new World();
        await world.RunAsync(Sample.Call);
        world.Act(Sample.Call, new TaskAction.Claim());
        world.Ehr.Faults = _ => Fault.NoConnection;
        var report = await world.PublishAsync();
        Assert.That((report.IsSettled, report.Effects.Single().Reason), Is.EqualTo((false, EffectReasons.Unavailable)));
        world.Ehr.Faults = _ => Fault.None;
        await world.PublishFullyAsync();
        Assert.That(world.Task(Sample.Call).Root.Text("status"), Is.EqualTo("accepted"));
    }

    [Test]
    public async Task Publish_TaskDeletedAtTheEhr_IsSaidOnceAndNeverMadeAgain()
    {
        using var world = new World();
        await world.RunAsync(Sample.Call);
        world.Ehr.Delete(world.Task(Sample.Call).Path);
        world.Act(Sample.Call, new TaskAction.Claim());
        Assert.That((await world.PublishAsync()).Effects.Single().Outcome, Is.EqualTo(PublishOutcome.Gone));
        await world.PublishFullyAsync();
        Assert.That(world.Ledger.Learned, Is.EqualTo(1));
        Assert.That(world[Sample.Call].Phase, Is.EqualTo(StepPhase.Failed));
        Assert.That(world.Ehr.All("Task"), Is.Empty);
        Assert.That(world.Incidents, Has.Count.EqualTo(1));
    }

    [TestCase("in-progress", "cancelled")]
    [TestCase("entered-in-error", "entered-in-error")]
    public async Task Publish_ChainStopped_ClosesItsTask(string status, string expected)
    {
        using var world = new World();
        await world.RunAsync(Sample.Call);
        world.Signal("trigger", world.Ehr.Edit("Encounter/e1", "status", status));
        await world.PublishFullyAsync();
        Assert.That(world.Task(Sample.Call).Root.Text("status"), Is.EqualTo(expected));
        Assert.That(world.Task(Sample.Call).Root["statusReason"], Is.Not.Null);
    }

    [Test]
    public async Task Publish_CreatedWhileTheChainWasStopped_IsFoundAndClosed()
    {
        using var world = new World();
        world.Ehr.Faults = request => request.Method == "POST" ? Fault.LandsLate : Fault.None;
        await world.TryAsync(Sample.Call);
        world.Ehr.Faults = _ => Fault.None;
        world.Signal("trigger", world.Ehr.Edit("Encounter/e1", "status", "in-progress"));
        Assert.That((await world.PublishAsync()).Effects.Single().Outcome, Is.EqualTo(PublishOutcome.Later));
        world.Ehr.LandLate();
        await world.PublishFullyAsync();
        Assert.That(world.Task(Sample.Call).Root.Text("status"), Is.EqualTo("cancelled"));
    }

    [Test]
    public async Task Publish_CreationThatNeverLanded_IsGivenUpAfterItsTime()
    {
        using var world = new World();
        world.Ehr.Faults = request => request.Method == "POST" ? Fault.RequestLost : Fault.None;
        await world.TryAsync(Sample.Call);
        world.Signal("trigger", world.Ehr.Edit("Encounter/e1", "status", "in-progress"));
        world.Time.Advance(Publisher.LateMax);
        Assert.That((await world.PublishAsync()).Effects.Single().Outcome, Is.EqualTo(PublishOutcome.NeverLanded));
    }

    [Test]
    public async Task Publish_TaskRepointedAtSomebodyElse_IsNotWrittenWhileHeld()
    {
        using var world = new World();
        await world.RunAsync(Sample.Call);
        var path = world.Task(Sample.Call).Path;
        world.Ehr.Edit(path, "for", Elements.Reference("Patient/p2"));
        await world.NotifyAsync(path);
        Assert.That(world.State.Phase, Is.EqualTo(ChainPhase.Held));
        var before = world.Ehr.Writes.Count();
        await world.PublishFullyAsync();
        Assert.That(world.Ehr.Writes.Count(), Is.EqualTo(before));
        world.Decide(new Decision.Void());
        await world.PublishFullyAsync();
        Assert.That(world.Ehr[path].Root.Text("status"), Is.EqualTo("cancelled"));
        Assert.That(world.Ehr[path].Root.Child("for")?.Text("reference"), Is.EqualTo("Patient/p2"), "never rewritten");
    }

    [Test]
    public async Task Publish_RejectedTask_IsReplacedByANewOne()
    {
        using var world = new World(onNotDone: new NotDonePolicy(NotDoneKind.Reassign, 3));
        await world.RunAsync(Sample.Call);
        var first = world.Task(Sample.Call).Path;
        world.Ehr.Edit(first, "status", "rejected");
        await world.NotifyAsync(first);
        await world.RunAsync(Sample.Call);
        await world.PublishFullyAsync();
        Assert.That(world.Ehr[first].Root.Text("status"), Is.EqualTo("rejected"));
        Assert.That(
            world.Task(Sample.Call, 2).Root.Children("extension").Single().Child("valueReference")?.Text("reference"),
            Is.EqualTo(first));
    }

    [Test]
    public async Task Publish_WaitsForATaskThatWeClosed_TellsTheChain()
    {
        using var world = new World();
        await world.RunAsync(Sample.Call);
        var row = world.Ledger.Rows.Single();
        var closed = world.Ehr.Edit(row.Path ?? "", "status", "cancelled");
        await world.Ledger.SettleAsync(
            row with { Body = closed.ToUtf8(), ContentHash = ContentHash.Of(closed), Version = closed.VersionId },
            CancellationToken.None);
        await world.PublishFullyAsync();
        Assert.That(world[Sample.Call].Phase, Is.EqualTo(StepPhase.Failed));
        Assert.That(world[Sample.Call].Task?.Status, Is.EqualTo(TaskStatus.Cancelled));
    }

    [Test]
    public async Task Publish_LaggingReplica_UndoesNothing()
    {
        using var world = new World();
        await world.RunAsync(Sample.Call);
        world.Act(Sample.Call, new TaskAction.Claim());
        await world.PublishFullyAsync();
        var row = world.Ledger.Rows.Single();
        var ahead = (row.Content ?? throw new AssertionException("no body")).WithVersion("99", null);
        await world.Ledger.SettleAsync(row with { Body = ahead.ToUtf8() }, CancellationToken.None);
        world.Act(Sample.Call, new TaskAction.Start());
        Assert.That((await world.PublishAsync()).Effects.Single().Outcome, Is.EqualTo(PublishOutcome.Later));
    }
}
