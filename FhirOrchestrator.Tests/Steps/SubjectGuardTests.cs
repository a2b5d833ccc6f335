using FhirOrchestrator.Chains;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Outcomes;
using Sample = FhirOrchestrator.Tests.Outcomes.Sample;

namespace FhirOrchestrator.Tests.Steps;

internal sealed class SubjectGuardTests
{
    [TestCase("inactive", "patient-inactive")]
    [TestCase("merged", "patient-merged")]
    [TestCase("deleted", "patient-unreadable")]
    [TestCase("implicit-rules", "unknown-modifier")]
    [TestCase("modifier", "unknown-modifier")]
    [TestCase("nested-modifier", "unknown-modifier")]
    public async Task Run_PatientThatMustNotBeWrittenTo_HoldsTheChain(string what, string reason)
    {
        using var world = new World();
        switch (what)
        {
            case "inactive":
                world.Ehr.Edit("Patient/p1", "active", false);
                break;
            case "merged":
                world.Ehr.Edit("Patient/p1", "link", Node.Array(Node.Object(
                    ("other", Elements.Reference("Patient/p2")), ("type", "replaced-by"))));
                break;
            case "deleted":
                world.Ehr.Delete("Patient/p1");
                break;
            case "implicit-rules":
                world.Ehr.Edit("Patient/p1", "implicitRules", "http://example.org/rules");
                break;
            case "modifier":
                world.Ehr.Edit("Patient/p1", "modifierExtension", Node.Array(Node.Object(("url", "http://x"))));
                break;
            default:
                world.Ehr.Edit("Patient/p1", "name", Node.Array(Node.Object(
                    ("family", "C"), ("modifierExtension", Node.Array(Node.Object(("url", "http://x")))))));
                break;
        }

        await HoldsAsync(world, Sample.Call, reason);
    }

    [TestCase("entered-in-error", "trigger-entered-in-error")]
    [TestCase("other-patient", "subject-changed")]
    [TestCase("other-server", "subject-changed")]
    [TestCase("no-subject", "subject-unknown")]
    [TestCase("deleted", "trigger-deleted")]
    [TestCase("modifier", "unknown-modifier")]
    public async Task Run_TriggerThatMustNotBeActedOn_HoldsTheChain(string what, string reason)
    {
        using var world = new World();
        switch (what)
        {
            case "entered-in-error":
                world.Ehr.Edit("Encounter/e1", "status", "entered-in-error");
                break;
            case "other-patient":
                world.Ehr.Edit("Encounter/e1", "subject", Elements.Reference("Patient/p2"));
                break;
            case "other-server":
                world.Ehr.Edit("Encounter/e1", "subject", Elements.Reference("https://other.example/fhir/Patient/p1"));
                break;
            case "no-subject":
                world.Ehr.Edit("Encounter/e1", "subject", null);
                break;
            case "deleted":
                world.Ehr.Delete("Encounter/e1");
                break;
            default:
                world.Ehr.Edit("Encounter/e1", "modifierExtension", Node.Array(Node.Object(("url", "http://x"))));
                break;
        }

        await HoldsAsync(world, Sample.Notify, reason);
    }

    [TestCase("Patient/p1/_history/1")]
    [TestCase("https://ehr.example/fhir/Patient/p1")]
    public async Task Run_SameSubjectWrittenOtherwise_GoesOn(string reference)
    {
        using var world = new World();
        world.Ehr.Edit("Encounter/e1", "subject", Elements.Reference(reference));
        Assert.That(await world.RunAsync(Sample.Call), Is.TypeOf<StepReport.Waiting>());
    }

    [Test]
    public async Task Run_StateThatStopsThePlanNotYetTakenIn_WaitsForIt()
    {
        using var world = new World();
        world.Ehr.Edit("Encounter/e1", "status", "in-progress");
        var report = await world.TryAsync(Sample.Notify);
        Assert.That((report as StepReport.Retry)?.Reason, Is.EqualTo(EffectReasons.StopPending));
        Assert.That(world.Ehr.Writes, Is.Empty);
        Assert.That(world.Ledger.Sighted.Single().VersionPath, Is.EqualTo("Encounter/e1/_history/2"));
    }

    [Test]
    public async Task Run_DeathNotYetTakenIn_WaitsForIt()
    {
        using var world = new World();
        world.Ehr.Edit("Patient/p1", "deceasedBoolean", true);
        Assert.That(
            ((StepReport.Retry)await world.TryAsync(Sample.Call)).Reason, Is.EqualTo(EffectReasons.StopPending));
        Assert.That(world.Ehr.Writes, Is.Empty);
    }

    [Test]
    public async Task Run_HarmlessNewerVersion_GoesOnAndIsHandedOver()
    {
        using var world = new World();
        world.Ehr.Edit("Encounter/e1", "priority", Node.Object(("text", "x")));
        Assert.That(await world.RunAsync(Sample.Call), Is.TypeOf<StepReport.Waiting>());
        Assert.That(world.Ledger.Sighted.Single().Name, Is.EqualTo("trigger"));
    }

    [TestCase(Fault.NoConnection)]
    [TestCase(Fault.RequestLost)]
    [TestCase(Fault.Throttled)]
    public async Task Run_EhrThatDoesNotAnswer_IsTriedAgain(object fault)
    {
        using var world = new World();
        world.Ehr.Faults = _ => (Fault)fault;
        Assert.That(await world.TryAsync(Sample.Call), Is.TypeOf<StepReport.Retry>());
        Assert.That(world.Ledger.Rows, Is.Empty);
    }

    [Test]
    public async Task Run_Correction_GoesOutAlthoughTheTriggerWasVoided()
    {
        using var world = new World(reach: FhirOrchestrator.Steps.InboxReach.Yes);
        await world.RunAsync(Sample.Notify);
        world.Signal("trigger", world.Ehr.Edit("Encounter/e1", "status", "entered-in-error"));
        Assert.That(world[Sample.Correct].Phase, Is.EqualTo(StepPhase.Running));
        Assert.That(await world.RunAsync(Sample.Correct), Is.TypeOf<StepReport.Done>());
        var correction = world.Message(Sample.Correct);
        Assert.That(
            correction.Root.Children("inResponseTo").Single().Text("reference"),
            Is.EqualTo(world.Message(Sample.Notify).Path));
        Assert.That(
            world.Message(Sample.Notify).Root.Text("status"), Is.EqualTo("completed"), "what was sent was sent");
    }

    [Test]
    public async Task Run_CorrectionAboutAMergedPatient_IsHeld()
    {
        using var world = new World(reach: FhirOrchestrator.Steps.InboxReach.Yes);
        await world.RunAsync(Sample.Notify);
        world.Signal("trigger", world.Ehr.Edit("Encounter/e1", "status", "entered-in-error"));
        world.Ehr.Edit("Patient/p1", "active", false);
        Assert.That(await world.RunAsync(Sample.Correct), Is.TypeOf<StepReport.Guarded>());
    }

    private static async Task HoldsAsync(World world, StepName step, string reason)
    {
        var report = await world.RunAsync(step);
        Assert.That((report as StepReport.Guarded)?.Reason.Value, Is.EqualTo(reason));
        Assert.That(world.State.Phase, Is.EqualTo(ChainPhase.Held));
        Assert.That(world.Ehr.Writes, Is.Empty);
    }
}
