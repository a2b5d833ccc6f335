using FhirOrchestrator.Chains;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Outcomes;
using TaskStatus = FhirOrchestrator.Chains.TaskStatus;

namespace FhirOrchestrator.Tests.Outcomes;

internal sealed class TaskPatchTests
{
    [Test]
    public void Apply_EveryStatusAndPhase_TakesLegalEdgesAndSettles()
    {
        var pairs = 0;
        foreach (var status in Enum.GetValues<TaskStatus>())
        {
            foreach (var phase in Enum.GetValues<StepPhase>())
            {
                foreach (var human in Enum.GetValues<TaskStatus>())
                {
                    Settles(status, phase, human);
                    pairs++;
                }
            }
        }

        TestContext.Out.WriteLine(
            $"{pairs} combinations of Task status at the EHR, step phase and Task status of the chain");
    }

    [TestCase(StepPhase.Held, "requested", "cancelled")]
    [TestCase(StepPhase.Held, "in-progress", "cancelled")]
    [TestCase(StepPhase.Cancelled, "accepted", "cancelled")]
    [TestCase(StepPhase.Expired, "on-hold", "cancelled")]
    [TestCase(StepPhase.Cancelled, "completed", "completed")]
    [TestCase(StepPhase.Cancelled, "failed", "failed")]
    [TestCase(StepPhase.Completed, "in-progress", "completed")]
    [TestCase(StepPhase.Running, "accepted", "accepted")]
    public void Apply_EndedStep_ClosesItsTask(StepPhase phase, string at, string expected)
    {
        var chain = Chain(new StepState { Phase = phase, Round = 1, EndedAt = Sample.Now });
        Assert.That(Walk(chain, Sample.CallTask(at)).Root.Text("status"), Is.EqualTo(expected));
    }

    [Test]
    public void Apply_StoppedChain_SaysWhy()
    {
        var reason = new Code(null, "reversed", "Discharge reversed");
        var task = Walk(
            Chain(new StepState { Phase = StepPhase.Cancelled, Round = 1, Reason = reason }), Sample.CallTask());
        Assert.That(Elements.FirstCode(task.Root.Child("statusReason"))?.Value, Is.EqualTo("reversed"));
        Assert.That(Business(task), Is.EqualTo("stopped"));
    }

    [TestCase("requested", null, "entered-in-error")]
    [TestCase("requested", "note", "cancelled")]
    [TestCase("accepted", null, "cancelled")]
    [TestCase("completed", null, "completed")]
    public void Apply_VoidedChain_OnlyUntouchedIsEnteredInError(string status, string? touched, string expected)
    {
        var task = Sample.CallTask(status);
        task = touched is null ? task : task.With(touched, Node.Array(Node.Object(("text", "called"))));
        var chain = Chain(new StepState { Phase = StepPhase.Cancelled, Round = 1 }, voided: true);
        Assert.That(Walk(chain, task).Root.Text("status"), Is.EqualTo(expected));
    }

    [Test]
    public void Apply_CompletedBetweenTwoWrites_IsShownAcceptedAndInProgressFirst()
    {
        var chain = Chain(Done());
        var seen = new List<string?>();
        var task = Sample.CallTask();
        for (var next = TaskPatch.Apply(chain, Of(task), task, task); !ReferenceEquals(next, task);
            next = TaskPatch.Apply(chain, Of(task), task, task))
        {
            task = next;
            seen.Add(task.Root.Text("status"));
        }

        Assert.That(seen, Is.EqualTo(["accepted", "in-progress", "completed"]));
        Assert.That(task.Root.Child("owner")?.Text("display"), Is.EqualTo("Nora"));
        Assert.That(TaskReader.Read(task, null, Sample.CallTemplate(), null, Sample.BaseUrl).Missing, Is.Empty);
        Assert.That(task.Root.Child("executionPeriod")?["end"], Is.Not.Null);
    }

    [Test]
    public void Apply_Patch_KeepsWhatIsNotOurs()
    {
        var task = Sample.CallTask("in-progress")
            .With("priority", "stat")
            .With("note", Node.Array(Node.Object(("text", "said she is fine"))))
            .With("x-local", Node.Object(("deep", Node.Array("1", "2"))))
            .With("_description", Node.Object(("id", "d")))
            .With("owner", Elements.Reference("Practitioner/theirs"));
        var patched = Walk(Chain(new StepState { Phase = StepPhase.Cancelled, Round = 1 }), task);
        var theirs = "priority note x-local _description owner for focus code identifier".Split(' ');
        foreach (var name in theirs)
        {
            Assert.That(patched.Root[name]?.ToString(), Is.EqualTo(task.Root[name]?.ToString()), name);
        }

        Assert.That(
            patched.Root.Members.Select(member => member.Name).Take(task.Root.Members.Length),
            Is.EqualTo(task.Root.Members.Select(member => member.Name)), "members keep their places");
    }

    [Test]
    public void Apply_StatusMovedByAnotherHand_StaysTheirs()
    {
        var basis = Sample.CallTask("accepted");
        var chain = Chain(Waiting(TaskStatus.Ready));
        var patched = TaskPatch.Apply(chain, Of(basis), basis.With("status", "in-progress"), basis);
        Assert.That(patched.Root.Text("status"), Is.EqualTo("in-progress"));
    }

    [Test]
    public void Apply_OwnerChangedByAnotherHand_StaysTheirs()
    {
        var basis = Sample.CallTask("accepted");
        var current = basis.With("owner", Elements.Reference("Practitioner/theirs"));
        var chain = Chain(Waiting(TaskStatus.Accepted, "Practitioner/ours"));
        Assert.Multiple(() =>
        {
            Assert.That(
                TaskPatch.Apply(chain, Of(basis), current, basis).Root.Child("owner")?.Text("reference"),
                Is.EqualTo("Practitioner/theirs"));
            Assert.That(
                TaskPatch.Apply(chain, Of(basis), basis, basis).Root.Child("owner")?.Text("reference"),
                Is.EqualTo("Practitioner/ours"));
        });
    }

    [Test]
    public void Apply_ReleasedOnOurScreens_HasNoOwnerAndIsReady()
    {
        var task = Sample.CallTask("in-progress").With("owner", Elements.Reference("Practitioner/1"));
        var patched = Walk(Chain(Waiting(TaskStatus.Ready)), task);
        Assert.That(patched.Root["owner"], Is.Null);
        Assert.That(patched.Root.Text("status"), Is.EqualTo("ready"));
    }

    [Test]
    public void Apply_DueChangedByAnotherHand_StaysTheirs()
    {
        var basis = Sample.CallTask();
        var current = basis.With("restriction", Node.Object(("period", Node.Object(("end", "2026-05-01")))));
        var chain = Chain(Waiting(TaskStatus.Requested) with { Due = Sample.Now.AddDays(9) });
        Assert.Multiple(() =>
        {
            Assert.That(TaskReader.DueOf(TaskPatch.Apply(chain, Of(basis), current, basis))?.Month, Is.EqualTo(5));
            Assert.That(
                TaskReader.DueOf(TaskPatch.Apply(chain, Of(basis), basis, basis)), Is.EqualTo(Sample.Now.AddDays(9)));
        });
    }

    [TestCase("in-progress", "on-hold")]
    [TestCase("requested", "requested")]
    [TestCase("accepted", "accepted")]
    public void Apply_SuspendedChain_HoldsOnlyWhatIsInProgress(string at, string expected)
    {
        var chain = Chain(Waiting(TaskStatusCodes.Parse(at) ?? default), ChainPhase.Suspended);
        var task = Walk(chain, Sample.CallTask(at));
        Assert.That((task.Root.Text("status"), Business(task)), Is.EqualTo((expected, "suspended")));
        var resumed = Walk(Chain(Waiting(TaskStatusCodes.Parse(at) ?? default)), task);
        Assert.That((resumed.Root.Text("status"), Business(resumed)), Is.EqualTo((at, "open")));
    }

    [Test]
    public void Apply_BusinessStatusOfAnother_StaysBesideOurs()
    {
        var task = Sample.CallTask().With("businessStatus", Node.Object(
            ("coding", Node.Array(Node.Object(("system", "http://bser"), ("code", "2.0")))), ("text", "Their words")));
        var status = Walk(Chain(Waiting(TaskStatus.Requested)), task).Root.Child("businessStatus");
        Assert.That(status?.Children("coding").Select(coding => coding.Text("code")), Is.EqualTo(["2.0", "open"]));
        Assert.That(status?.Text("text"), Is.EqualTo("Their words"));
    }

    [Test]
    public void Apply_EarlierRound_IsSupersededUnlessItEnded()
    {
        var chain = Chain(new StepState { Phase = StepPhase.Running, Round = 2 });
        var open = Walk(chain, Sample.CallTask());
        Assert.That((open.Root.Text("status"), Business(open)), Is.EqualTo(("cancelled", "superseded")));
        Assert.That(Walk(chain, Sample.CallTask("rejected")).Root.Text("status"), Is.EqualTo("rejected"));
    }

    [Test]
    public void Apply_RoundThatTheChainDoesNotKnow_IsLeftAlone()
    {
        var task = Sample.CallTask();
        var effect = Of(task) with { Round = 7 };
        Assert.That(TaskPatch.Apply(Chain(Waiting(TaskStatus.Accepted)), effect, task, task), Is.SameAs(task));
    }

    [Test]
    public void Apply_UnknownStatusAtTheEhr_IsLeftAlone() => Assert.That(
        Walk(
            Chain(new StepState { Phase = StepPhase.Cancelled, Round = 1 }),
            Sample.CallTask("paused")).Root.Text("status"),
        Is.EqualTo("paused"));

    private static void Settles(TaskStatus status, StepPhase phase, TaskStatus human)
    {
        var state = Waiting(human) with { Phase = phase, EndedAt = Sample.Now };
        var chain = Chain(state, phase == StepPhase.Held ? ChainPhase.Held : ChainPhase.Running);
        var task = Sample.CallTask(TaskStatusCodes.Text(status));
        for (var write = 0; write < 6; write++)
        {
            var next = TaskPatch.Apply(chain, Of(task), task, task);
            if (ReferenceEquals(next, task))
            {
                return;
            }

            var from = TaskStatusCodes.Parse(task.Root.Text("status")) ?? default;
            var to = TaskStatusCodes.Parse(next.Root.Text("status")) ?? default;
            Assert.That(from == to || TaskEdges.IsLegal(from, to), $"{from} -> {to} in {phase}, chain says {human}");
            task = next;
        }

        Assert.Fail($"{status} in {phase}, chain says {human}: never settles");
    }

    private static Resource Walk(ChainView chain, Resource task)
    {
        for (var edge = 0; edge < 6; edge++)
        {
            task = TaskPatch.Apply(chain, Of(task), task, task);
        }

        return task;
    }

    private static string? Business(Resource task) => Elements.FirstCode(task.Root.Child("businessStatus"))?.Value;

    private static Effect Of(Resource task) => Sample.EffectOf(task);

    private static ChainView Chain(StepState call, ChainPhase phase = ChainPhase.Running, bool voided = false) =>
        Sample.View(Sample.State(phase, call) with { Voided = voided });

    private static StepState Waiting(TaskStatus status, string? owner = null) => new()
    {
        Phase = StepPhase.Waiting,
        Round = 1,
        Task = new HumanTask { Status = status, Owner = owner, Touched = true, Since = Sample.Now },
    };

    private static StepState Done() => new()
    {
        Phase = StepPhase.Completed,
        Round = 1,
        EndedAt = Sample.Now,
        Outputs = [new StepOutput("outcome", Coded: Sample.Reached)],
        Task = new HumanTask { Status = TaskStatus.Completed, OwnerName = "Nora", Touched = true, Since = Sample.Now },
    };
}
