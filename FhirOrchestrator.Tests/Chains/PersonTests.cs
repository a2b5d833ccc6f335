using FhirOrchestrator.Chains;
using static FhirOrchestrator.Tests.Chains.Definitions;
using TaskStatus = FhirOrchestrator.Chains.TaskStatus;

namespace FhirOrchestrator.Tests.Chains;

/// <summary>What people do, on our screens and at the EHR.</summary>
internal sealed class PersonTests
{
    [Test]
    public void Claim_ByTwo_OneWins()
    {
        var chain = Waiting();
        Assert.That(chain.Act("a", new TaskAction.Claim()).Verdict, Is.EqualTo(Verdict.Applied));

        var second = chain.Act("a", new TaskAction.Claim(), Bob);

        Assert.That(second.Verdict, Is.EqualTo(Verdict.Refused));
        Assert.That(second.Why, Does.Contain("Ana Nurse"));
    }

    [Test]
    public void Release_ThenClaimByAnother_Works()
    {
        var chain = Waiting();
        chain.Act("a", new TaskAction.Claim());
        chain.Act("a", new TaskAction.Release());
        Assert.That(chain["a"].Task?.Status, Is.EqualTo(TaskStatus.Ready));

        Assert.That(chain.Act("a", new TaskAction.Claim(), Bob).Verdict, Is.EqualTo(Verdict.Applied));
        Assert.That(chain["a"].Task?.Owner, Is.EqualTo(Bob.Reference));
    }

    [Test]
    public void Complete_WithoutWhatIsRequired_IsRefused()
    {
        var chain = Waiting();
        var answer = chain.Act("a", new TaskAction.Complete([], ["the outcome"]));

        Assert.That(answer.Verdict, Is.EqualTo(Verdict.Refused));
        Assert.That(answer.Why, Does.Contain("the outcome"));
        Assert.That(chain["a"].Phase, Is.EqualTo(StepPhase.Waiting));
    }

    [Test]
    public void Fail_WithPolicyIncident_NeverCountsAsDone()
    {
        var chain = new Driver(Of(Person("a"), Message("end", "a")));
        chain.Open("a");
        chain.Act("a", new TaskAction.Fail("nobody answers"));

        Assert.That(chain["a"].Phase, Is.EqualTo(StepPhase.Failed));
        Assert.That(chain["end"].Phase, Is.EqualTo(StepPhase.Pending));
    }

    [Test]
    public void Rejected_WithReassign_GoesToTheNextUpToTheLimit()
    {
        var chain = new Driver(Of(Person("a") with { OnNotDone = new NotDonePolicy(NotDoneKind.Reassign, 3) }));
        for (var round = 1; round <= 3; round++)
        {
            Assert.That(chain["a"].Round, Is.EqualTo(round));
            chain.Open("a");
            chain.Read("a", new TaskReading { Status = TaskStatus.Rejected });
        }

        Assert.That(chain["a"].Phase, Is.EqualTo(StepPhase.NotDone));
        Assert.That(chain.State.Phase, Is.EqualTo(ChainPhase.Completed));
    }

    [Test]
    public void EhrCompleted_OutputMissing_NeedsReviewAndJoinWaits()
    {
        var chain = new Driver(Of(Person("a"), Message("end", "a")));
        chain.Open("a");
        chain.Read("a", new TaskReading { Status = TaskStatus.Completed, Missing = ["outcome"] });

        Assert.That(chain["a"].Phase, Is.EqualTo(StepPhase.NeedsReview));
        Assert.That(chain["end"].Phase, Is.EqualTo(StepPhase.Pending));

        chain.Read("a", new TaskReading { Status = TaskStatus.Completed });
        Assert.That(chain["a"].Phase, Is.EqualTo(StepPhase.Completed));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void Completed_WithReview_PassesOnlyWhatThePlanNeeds(bool passes)
    {
        var chain = new Driver(Of(Person("a") with { Review = [new ExpressionKey("fits")] }));
        chain.Open("a");
        if (passes)
        {
            chain.Truths.Add("fits");
        }

        chain.Read("a", new TaskReading { Status = TaskStatus.Completed });

        Assert.That(chain["a"].Phase, Is.EqualTo(passes ? StepPhase.Completed : StepPhase.NeedsReview));
    }

    [Test]
    public void EhrEnteredInError_OpensIncident_AndNothingIsCreatedAgain()
    {
        var chain = Waiting();
        chain.Read("a", new TaskReading { Status = TaskStatus.EnteredInError });

        Assert.That(chain["a"].Phase, Is.EqualTo(StepPhase.Failed));
        Assert.That(chain["a"].Round, Is.EqualTo(1));
    }

    [Test]
    public void EhrReopened_AfterTheChainMovedOn_IsIncidentWithoutRewind()
    {
        var chain = new Driver(Of(Person("a"), Person("b", "a")));
        chain.Open("a");
        chain.Act("a", Driver.Done());
        chain.Read("a", new TaskReading { Status = TaskStatus.InProgress });

        Assert.That(chain["a"].Phase, Is.EqualTo(StepPhase.Completed));
        Assert.That(
            chain.Commands.OfType<ChainCommand.OpenIncident>().Single().Reason, Is.EqualTo(Reasons.TaskReopened));
    }

    [Test]
    public void EhrChangedWhomItIsAbout_Holds()
    {
        var chain = Waiting();
        chain.Read("a", new TaskReading { Status = TaskStatus.Requested, IdentityChanged = ["for"] });

        Assert.That(chain.State.Phase, Is.EqualTo(ChainPhase.Held));
        Assert.That(chain.State.Reason?.Display, Does.Contain("for"));
    }

    [Test]
    public void EhrChangedOwnerAndDue_ThePersonWins()
    {
        var chain = Waiting();
        chain.Read(
            "a", new TaskReading { Status = TaskStatus.Accepted, Owner = "Practitioner/9", Due = Noon.AddDays(3) });

        Assert.That(chain["a"].Task?.Owner, Is.EqualTo("Practitioner/9"));
        Assert.That(chain["a"].Due, Is.EqualTo(Noon.AddDays(3)));
    }

    [Test]
    public void EhrEdit_BeforeOurOwnReport_IsNotLost()
    {
        var chain = new Driver(Of(Person("a")));
        chain.Read("a", new TaskReading { Status = TaskStatus.Accepted, Owner = "Practitioner/9" });
        var late = chain.Report("a", new StepReport.Waiting(null, null));

        Assert.That(late.Verdict, Is.EqualTo(Verdict.Stale));
        Assert.That(chain["a"].Task?.Owner, Is.EqualTo("Practitioner/9"));
    }

    [Test]
    public void EhrEdit_OfAnEarlierRound_IsIgnored()
    {
        var chain = new Driver(Of(Person("a") with { OnNotDone = new NotDonePolicy(NotDoneKind.Reassign, 3) }));
        chain.Open("a");
        chain.Read("a", new TaskReading { Status = TaskStatus.Rejected });

        var late = chain.Read("a", new TaskReading { Status = TaskStatus.Completed }, round: 1);

        Assert.That(late.Verdict, Is.EqualTo(Verdict.Ignored));
    }

    [Test]
    public void EhrReopens_ACancelledTask_WaitsAgain()
    {
        var chain = Waiting();
        chain.Read("a", new TaskReading { Status = TaskStatus.Cancelled });
        Assert.That(chain["a"].Phase, Is.EqualTo(StepPhase.Failed));

        chain.Read("a", new TaskReading { Status = TaskStatus.InProgress });
        Assert.That(chain["a"].Phase, Is.EqualTo(StepPhase.Waiting));
    }

    [Test]
    public void SkipStep_OfAFailedStep_GoesOnWithoutCountingItAsDone()
    {
        var chain = new Driver(Of(Person("a"), Message("end", "a")));
        chain.Open("a");
        chain.Act("a", new TaskAction.Fail("no"));
        chain.Decide(new Decision.SkipStep(new StepName("a")));

        Assert.That(chain["a"].Phase, Is.EqualTo(StepPhase.NotDone));
        Assert.That(chain["end"].Phase, Is.EqualTo(StepPhase.Running));
    }

    [Test]
    public void Decision_WithoutReason_IsRefused()
    {
        Assert.That(Waiting().Decide(new Decision.Cancel(), reason: " ").Verdict, Is.EqualTo(Verdict.Refused));
    }

    private static Driver Waiting()
    {
        var chain = new Driver(Of(Person("a"), Person("z", "a")));
        chain.Open("a");
        return chain;
    }
}
