using FhirOrchestrator.Facts;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path;
using FhirOrchestrator.Plans;
using FhirOrchestrator.Tests.Steps;
using Sample = FhirOrchestrator.Tests.Outcomes.Sample;

namespace FhirOrchestrator.Tests.Workers;

/// <summary>A start, and every reason why there is none: each is recorded.</summary>
internal sealed class StartTurnsTests
{
    private static readonly WorkflowPackage Package = Sample.Package() with
    {
        Starts =
        [
            new StartRule
            {
                ResourceType = "Encounter",
                Screens = [new StartCondition("not-finished", "w", PathExpression.Compile("status = 'finished'"))],
                Conditions =
                    [new StartCondition("deceased", "w", PathExpression.Compile("%patient.deceased.empty()"))],
                ClinicalInstant = PathExpression.Compile("period.end"),
                StartWithin = TimeSpan.FromDays(7),
            },
        ],
    };

    [Test]
    public async Task Match_EveryConditionHolds_StartsOnce()
    {
        await using var world = World();

        await world.NotifyAsync(world.Ehr["Encounter/e1"]);
        await world.ReadInboxAsync();
        await world.NotifyAsync(world.Ehr.Edit("Encounter/e1", "priority", Node.Object(("text", "touched"))));
        await world.ReadInboxAsync();

        Assert.That(world.Tables.Chains, Has.Count.EqualTo(1));
        Assert.That(Reasons(world), Is.EqualTo(["started", "trigger", "already-started"]));
    }

    [TestCase("Encounter/e1", "status", "in-progress", "not-finished")]
    [TestCase("Encounter/e1", "period", "2026-02-01", MatchReasons.OutsideStartWindow)]
    [TestCase("Encounter/e1", "subject", "Patient/nobody", "no-patient")]
    [TestCase("Encounter/e1", "subject", "https://elsewhere.example/fhir/Patient/p1", "no-patient")]
    [TestCase("Patient/p1", "deceasedBoolean", "true", "deceased")]
    [TestCase("Patient/p1", "modifierExtension", "urn:unknown", MatchReasons.UnknownModifier)]
    [TestCase("Encounter/e1", "implicitRules", "urn:unknown", MatchReasons.UnknownModifier)]
    public async Task Match_SomethingDoesNotHold_IsTheReason(string path, string element, string value, string reason)
    {
        await using var world = World();
        world.Ehr.Edit(path, element, element switch
        {
            "period" => Node.Object(("end", value)),
            "subject" => Node.Object(("reference", value)),
            "deceasedBoolean" => BooleanNode.True,
            "modifierExtension" => Node.Array(Node.Object(("url", value), ("valueCode", "x"))),
            _ => value,
        });

        await world.NotifyAsync(world.Ehr["Encounter/e1"]);
        await world.ReadInboxAsync();

        Assert.That(world.Tables.Chains, Is.Empty);
        Assert.That(Reasons(world), Is.EqualTo([reason]));
        Assert.That(world.Tables.Inbox, Is.Empty);
    }

    [Test]
    public async Task Match_PackageMayNotStart_NothingIsAboutIt()
    {
        await using var world = World(Package with { MayStart = false });

        await world.NotifyAsync(world.Ehr["Encounter/e1"]);
        await world.ReadInboxAsync();

        Assert.That(Reasons(world), Is.EqualTo([MatchReasons.NoPlan]));
    }

    // Not being able to ask is no answer.
    [Test]
    public async Task Match_PatientCannotBeReadNow_StartsLater()
    {
        await using var world = World();
        world.Ehr.Faults = request =>
            request.PathAndQuery.Contains("Patient", StringComparison.Ordinal) ? Fault.NoConnection : Fault.None;
        await world.NotifyAsync(world.Ehr["Encounter/e1"]);
        await world.ReadInboxAsync();
        Assert.That(Reasons(world), Is.Empty);

        world.Ehr.Faults = _ => Fault.None;
        world.Time.Advance(TimeSpan.FromSeconds(3));
        await world.ReadInboxAsync();

        Assert.That(Reasons(world), Is.EqualTo(["started"]));
    }

    private static WorkersWorld World(WorkflowPackage? package = null)
    {
        var world = new WorkersWorld(package ?? Package);
        world.Ehr.Put(Sample.Stay);
        world.Ehr.Put(Sample.Patient);
        return world;
    }

    private static IEnumerable<string> Reasons(WorkersWorld world) =>
        world.Tables.Verdicts.Select(each => each.Noted.Verdict.Reason);
}
