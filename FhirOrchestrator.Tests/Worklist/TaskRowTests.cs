using FhirOrchestrator.Chains;
using FhirOrchestrator.Worklist;
using TaskStatus = FhirOrchestrator.Chains.TaskStatus;

namespace FhirOrchestrator.Tests.Worklist;

/// <summary>Time, standing and priority of a task, in words.</summary>
internal sealed class TaskRowTests
{
    [TestCase(0, "under 1 min left", false)]
    [TestCase(59, "59 min left", false)]
    [TestCase(119, "119 min left", false)]
    [TestCase(120, "2 h left", false)]
    [TestCase(47 * 60, "47 h left", false)]
    [TestCase(48 * 60, "2 d left", false)]
    [TestCase(-1, "1 min overdue", true)]
    [TestCase(-180, "3 h overdue", true)]
    public void Due_MinutesFromNow_InTheLargestUnitThatSaysEnough(int minutes, string words, bool isOverdue)
    {
        var row = Rows.Row(due: Rows.Now.AddMinutes(minutes));
        Assert.That((row.TimeLeft, row.IsOverdue), Is.EqualTo((words, isOverdue)));
    }

    [Test]
    public void Due_None_IsNeverOverdue()
    {
        var row = Rows.Row(Rows.Chain(step: Rows.Waiting() with { Due = null }));
        Assert.That((row.TimeLeft, row.IsOverdue), Is.EqualTo(("no due time", false)));
    }

    [TestCase(StepPhase.Waiting, TaskStatus.Requested, "open")]
    [TestCase(StepPhase.Waiting, TaskStatus.Ready, "open")]
    [TestCase(StepPhase.Waiting, TaskStatus.Accepted, "claimed")]
    [TestCase(StepPhase.Waiting, TaskStatus.InProgress, "in progress")]
    [TestCase(StepPhase.Waiting, TaskStatus.OnHold, "on hold")]
    [TestCase(StepPhase.Failed, TaskStatus.Failed, "needs a decision")]
    [TestCase(StepPhase.NeedsReview, TaskStatus.Completed, "needs review")]
    [TestCase(StepPhase.Held, TaskStatus.Cancelled, "paused")]
    public void Standing_PhaseAndStatus_InWords(StepPhase phase, TaskStatus status, string words) => Assert.That(
        Rows.Row(Rows.Chain(step: Rows.Waiting(status: status) with { Phase = phase })).Standing, Is.EqualTo(words));

    [Test]
    public void Priority_OfTheTaskAtTheEhr_WinsOverThePlans() => Assert.That(
        (Rows.Row(context: Rows.Context("stat")).PriorityRank, Rows.Row().PriorityRank, Rows.Row().Priority),
        Is.EqualTo((0, 3, "routine")));

    [TestCase(StepPhase.Pending)]
    [TestCase(StepPhase.Running)]
    public void Ended_NotGivenOutYet_SaysSo(StepPhase phase)
    {
        var chain = Rows.Chain(step: Rows.Waiting() with { Phase = phase });
        var ended = TaskEnd.Of(chain, Rows.Step, new TaskPlace(chain.Id.Value, Rows.Step.Value, 1));
        Assert.That(ended.Words, Does.Contain(TaskEnd.Words(phase)).And.Contain("Reload"));
    }

    [Test]
    public void Words_EveryPhase_HasThem() => Assert.That(
        Enum.GetValues<StepPhase>().Select(TaskEnd.Words), Is.Unique.And.All.Not.Empty);
}
