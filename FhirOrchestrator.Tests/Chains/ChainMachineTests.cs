using FhirOrchestrator.Chains;
using static FhirOrchestrator.Tests.Chains.Definitions;
using TaskStatus = FhirOrchestrator.Chains.TaskStatus;

namespace FhirOrchestrator.Tests.Chains;

internal sealed class ChainMachineTests
{
    [Test]
    public void Start_WithoutPredecessors_BeginsAllAtOnce()
    {
        var chain = new Driver(Of(Person("a"), Person("b"), Message("end", "a", "b")));

        Assert.That(chain["a"].Phase, Is.EqualTo(StepPhase.Running));
        Assert.That(chain["b"].Phase, Is.EqualTo(StepPhase.Running));
        Assert.That(chain["end"].Phase, Is.EqualTo(StepPhase.Pending));
        Assert.That(chain.Commands.OfType<ChainCommand.RunStep>().Count(), Is.EqualTo(2));
    }

    [Test]
    public void Join_OneOfTwoEnded_Waits()
    {
        var chain = new Driver(Of(Person("a"), Person("b"), Message("end", "a", "b")));
        chain.Open("a", "b");

        chain.Act("a", Driver.Done());
        Assert.That(chain["end"].Phase, Is.EqualTo(StepPhase.Pending));

        chain.Act("b", Driver.Done());
        Assert.That(chain["end"].Phase, Is.EqualTo(StepPhase.Running));
    }

    [Test]
    public void LastStep_Done_EndsChainOnce()
    {
        var chain = new Driver(Of(Message("a"), Message("b", "a")));
        chain.Report("a", new StepReport.Done([]));
        chain.Report("b", new StepReport.Done([]));

        Assert.That(chain.State.Phase, Is.EqualTo(ChainPhase.Completed));
        Assert.That(chain.Commands.OfType<ChainCommand.End>().Count(), Is.EqualTo(1));
    }

    [Test]
    public void Guard_False_SkipsAndJoinPasses()
    {
        var chain = new Driver(Of(Person("a"), Person("b").If("b-applies"), Message("end", "a", "b")));
        chain.Open("a");
        chain.Act("a", Driver.Done());

        Assert.That(chain["b"].Phase, Is.EqualTo(StepPhase.Skipped));
        Assert.That(chain["b"].Reason?.Display, Is.EqualTo("not b-applies"));
        Assert.That(chain["end"].Phase, Is.EqualTo(StepPhase.Running));
    }

    [Test]
    public void AllPredecessors_Skipped_SkipsToo()
    {
        var chain = new Driver(Of(Person("a").If("no"), Person("b", "a"), Message("other")));
        chain.Report("other", new StepReport.Done([]));

        Assert.That(chain["b"].Phase, Is.EqualTo(StepPhase.Skipped));
        Assert.That(chain["b"].Reason, Is.EqualTo(Reasons.PredecessorsSkipped));
        Assert.That(chain.State.Phase, Is.EqualTo(ChainPhase.Completed));
    }

    [Test]
    public void EverythingSkipped_Start_Completes()
    {
        var chain = new Driver(Of(Person("a").If("no")));
        Assert.That(chain.State.Phase, Is.EqualTo(ChainPhase.Completed));
    }

    [Test]
    public void Report_OfOlderAttempt_IsStale()
    {
        var chain = new Driver(Of(Message("a")));
        chain.Report("a", new StepReport.Retry(new Code(null, "busy"), null));
        Assert.That(chain["a"].Attempt, Is.EqualTo(2));

        var answer = chain.Report("a", new StepReport.Done([]), number: 1);

        Assert.That(answer.Verdict, Is.EqualTo(Verdict.Stale));
        Assert.That(chain["a"].Phase, Is.EqualTo(StepPhase.Running));
    }

    [Test]
    public void Retry_BeyondTheLastAttempt_OpensIncident()
    {
        var chain = new Driver(Of(Message("a") with { AttemptsMax = 2 }));
        chain.Report("a", new StepReport.Retry(new Code(null, "busy"), null));
        chain.Report("a", new StepReport.Retry(new Code(null, "busy"), null));

        Assert.That(chain["a"].Phase, Is.EqualTo(StepPhase.Failed));
        Assert.That(
            chain.Commands.OfType<ChainCommand.OpenIncident>().Single().Reason.Value, Is.EqualTo("attempts-exhausted"));
    }

    [Test]
    public void Retry_NotBefore_IsHonoured()
    {
        var chain = new Driver(Of(Message("a")));
        chain.Report("a", new StepReport.Retry(new Code(null, "throttled"), TimeSpan.FromMinutes(30)));

        Assert.That(chain.Commands.OfType<ChainCommand.RunStep>().Last().RunAt, Is.EqualTo(Noon.AddMinutes(30)));
    }

    [Test]
    public void Delay_Grows_UpToItsLimitWithJitter()
    {
        var id = ChainId.Of("plan", "ehr", "key");
        var delays = Enumerable.Range(2, 19)
            .Select(number => Reports.Delay(id, new Attempt(new StepName("a"), 1, number))).ToList();

        Assert.That(delays[0], Is.InRange(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2.5)));
        Assert.That(delays[^1], Is.InRange(TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(6.25)));
    }

    [Test]
    public void RetryStep_AfterExhaustedTries_KeepsTheKey()
    {
        var chain = new Driver(Of(Message("a") with { AttemptsMax = 1 }));
        chain.Report("a", new StepReport.Retry(new Code(null, "unknown"), null));
        chain.Decide(new Decision.RetryStep(new StepName("a")));

        Assert.That(chain["a"].Round, Is.EqualTo(1), "the outcome of the first try is unknown: same key");
        Assert.That(chain["a"].Attempt, Is.EqualTo(2));
    }

    [Test]
    public void Deadline_OfAWait_EndsItAndPassesTheJoin()
    {
        var chain = new Driver(Of(
            Person("a") with { Deadline = TimeSpan.FromDays(14) }, Message("end", "a")));
        chain.Open("a");
        Assert.That(chain.Commands.OfType<ChainCommand.SetTimer>().Single().At, Is.EqualTo(Noon.AddDays(14)));

        chain.Apply(new ChainEvent.TimerFired(Noon.AddDays(14), new StepName("a"), TimerKind.Deadline));

        Assert.That(chain["a"].Phase, Is.EqualTo(StepPhase.Expired));
        Assert.That(chain["a"].Task?.Status, Is.EqualTo(TaskStatus.Cancelled));
        Assert.That(chain["end"].Phase, Is.EqualTo(StepPhase.Running));
    }

    [Test]
    public void Due_IsCountedFromTheStepsStart()
    {
        var definition = Of(Person("a") with { Due = new ExpressionKey("due") });
        var state = ChainMachine.Create(ChainId.Of("p", "e", "k"), definition);
        state = ChainMachine.Decide(definition, state, new ChainEvent.Started(Noon)).State;
        state = ChainMachine.Decide(definition, state, new ChainEvent.Evaluated(
            Noon, [new ExpressionValue(false, Span: TimeSpan.FromHours(4))], [])).State;

        Assert.That(state.Steps[new StepName("a")].Due, Is.EqualTo(Noon.AddHours(4)));
    }

    [Test]
    public void Stop_CancelsOpenSkipsPendingAndCorrects()
    {
        var chain = new Driver(
            Of(Message("tell"), Person("a"), Person("b", "a"), Message("correct").If("told") with { OnStop = true })
                .WithStop("reversed"));
        chain.Report("tell", new StepReport.Done([]));
        chain.Open("a");

        chain.Truths.UnionWith(["stop/reversed", "told"]);
        chain.Signal();

        Assert.That(chain.State.Phase, Is.EqualTo(ChainPhase.Stopping));
        Assert.That(chain["tell"].Phase, Is.EqualTo(StepPhase.Completed));
        Assert.That(chain["a"].Phase, Is.EqualTo(StepPhase.Cancelled));
        Assert.That(chain["a"].Task?.Status, Is.EqualTo(TaskStatus.Cancelled));
        Assert.That(chain["a"].Task?.StatusReason?.Value, Is.EqualTo("reversed"));
        Assert.That(chain["b"].Phase, Is.EqualTo(StepPhase.Skipped));
        Assert.That(chain["correct"].Phase, Is.EqualTo(StepPhase.Running));

        chain.Report("correct", new StepReport.Done([]));
        Assert.That(chain.State.Phase, Is.EqualTo(ChainPhase.Stopped));
    }

    [Test]
    public void Stop_TrueAtTheStart_BeginsNothing()
    {
        var chain = new Driver(Of(Message("tell")).WithStop("died"), "stop/died");

        Assert.That(chain.State.Phase, Is.EqualTo(ChainPhase.Stopped));
        Assert.That(chain.Commands.OfType<ChainCommand.RunStep>(), Is.Empty);
    }

    [TestCase(true, false, TaskStatus.EnteredInError)]
    [TestCase(true, true, TaskStatus.Cancelled)]
    [TestCase(false, false, TaskStatus.Cancelled)]
    public void Stop_Void_MarksOnlyUntouchedTasksInError(bool voids, bool touched, TaskStatus expected)
    {
        var chain = new Driver(Of(Person("a")).WithStop("error", voids));
        chain.Open("a");
        if (touched)
        {
            chain.Act("a", new TaskAction.Claim());
        }

        chain.Truths.Add("stop/error");
        chain.Signal();

        Assert.That(chain["a"].Task?.Status, Is.EqualTo(expected));
    }

    [Test]
    public void Report_AfterStop_IsStale()
    {
        var chain = new Driver(Of(Person("a")).WithStop("reversed"));
        chain.Truths.Add("stop/reversed");
        chain.Signal();

        Assert.That(chain.Report("a", new StepReport.Waiting(null, null)).Verdict, Is.EqualTo(Verdict.Stale));
    }

    [Test]
    public void Suspended_NothingNewBegins_AndGoesOnAfterwards()
    {
        var chain = new Driver(
            Of(Person("a"), Person("b", "a")) with { SuspendWhile = new ExpressionKey("on-hold") });
        chain.Open("a");
        chain.Truths.Add("on-hold");
        chain.Signal();
        Assert.That(chain.State.Phase, Is.EqualTo(ChainPhase.Suspended));

        chain.Act("a", Driver.Done());
        Assert.That(chain["b"].Phase, Is.EqualTo(StepPhase.Pending));

        chain.Truths.Clear();
        chain.Signal();
        Assert.That(chain["b"].Phase, Is.EqualTo(StepPhase.Running));
    }

    [Test]
    public void Guarded_Report_HoldsTheWholeChain()
    {
        var chain = new Driver(Of(Person("a"), Message("m"), Person("b", "a")));
        chain.Open("a");
        chain.Report("m", new StepReport.Guarded(new Code(null, "subject-merged")));

        Assert.That(chain.State.Phase, Is.EqualTo(ChainPhase.Held));
        Assert.That(chain["a"].Phase, Is.EqualTo(StepPhase.Held));
        Assert.That(chain["a"].Task?.Status, Is.EqualTo(TaskStatus.Cancelled));
        Assert.That(chain.Commands.OfType<ChainCommand.OpenIncident>().Single().Step, Is.Null);
    }

    [Test]
    public void Signalled_WithAHold_HoldsAtOnce()
    {
        var chain = new Driver(Of(Person("a")));
        chain.Open("a");
        var merged = new Code(null, "patient-merged");
        chain.Apply(new ChainEvent.Signalled(Noon, "patient", "Patient/1/_history/2", Deleted: false, merged));

        Assert.That(chain.State.Phase, Is.EqualTo(ChainPhase.Held));
        Assert.That(chain["a"].Task?.Status, Is.EqualTo(TaskStatus.Cancelled));
    }

    [Test]
    public void Resume_OfHeldChain_MakesANewTaskAndTriesTheMessageAgain()
    {
        var chain = new Driver(Of(Person("a"), Message("m")));
        chain.Open("a");
        chain.Report("m", new StepReport.Guarded(new Code(null, "subject-merged")));
        chain.Decide(new Decision.Resume());

        Assert.That(chain.State.Phase, Is.EqualTo(ChainPhase.Running));
        Assert.That((chain["a"].Round, chain["a"].Attempt), Is.EqualTo((2, 1)));
        Assert.That((chain["m"].Round, chain["m"].Attempt), Is.EqualTo((1, 2)));
    }

    [Test]
    public void Cancel_OfHeldChain_Stops()
    {
        var chain = new Driver(Of(Person("a")));
        chain.Open("a");
        chain.Signal("patient", deleted: true);
        Assert.That(chain.State.Phase, Is.EqualTo(ChainPhase.Held));

        chain.Decide(new Decision.Cancel());
        Assert.That(chain.State.Phase, Is.EqualTo(ChainPhase.Stopped));
    }
}
