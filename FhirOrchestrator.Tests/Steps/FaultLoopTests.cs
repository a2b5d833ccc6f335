using FhirOrchestrator.Chains;
using FhirOrchestrator.Outcomes;
using FhirOrchestrator.Steps;
using Sample = FhirOrchestrator.Tests.Outcomes.Sample;

namespace FhirOrchestrator.Tests.Steps;

/// <summary>
/// Seeded faults at every request, then quiet. In the end there is at most one resource an identifier that counts, a
/// conditional EHR never has a second one at all, and everything shows what the chain says.
/// </summary>
internal sealed class FaultLoopTests
{
    private const int Seeds = 300;

    [TestCase(true)]
    [TestCase(false)]
    public async Task Loop_EverySeed_DoublesNothingAndSettles(bool isConditional)
    {
        var requests = 0;
        var duplicates = 0;
        for (var seed = 0; seed < Seeds; seed++)
        {
            using var world = new World(reach: seed % 2 == 0 ? InboxReach.Yes : InboxReach.No);
            world.Ehr.IsConditional = isConditional;
            await RunAsync(world, new Random(seed), seed);
            requests += world.Ehr.Seen.Count;
            duplicates += Check(world, seed, isConditional);
        }

        TestContext.Out.WriteLine(
            $"{Seeds} seeds, {requests} requests, {duplicates} duplicates made by the EHR and marked");
    }

    private static async Task RunAsync(World world, Random random, int seed)
    {
        var faulty = true;
        world.Ehr.Faults = _ => faulty && random.Next(100) < 35 ? (Fault)random.Next(1, 6) : Fault.None;
        for (var turn = 0; turn < 60; turn++)
        {
            faulty = turn < 30;
            world.Time.Advance(TimeSpan.FromSeconds(20));
            if (turn == 29 || random.Next(6) == 0)
            {
                world.Ehr.LandLate();
            }

            foreach (var step in (StepName[])[Sample.Call, Sample.Notify, Sample.Correct])
            {
                if (world[step].Phase == StepPhase.Running)
                {
                    await world.RunAsync(step);
                }
            }

            await world.PublishAsync();
            if (turn == 12)
            {
                Disturb(world, seed);
            }
        }

        await world.PublishFullyAsync();
    }

    private static void Disturb(World world, int seed)
    {
        switch (seed % 4)
        {
            case 0 when world[Sample.Call].Phase == StepPhase.Waiting:
                world.Act(Sample.Call, new TaskAction.Complete([new StepOutput("outcome", Coded: Sample.Reached)], []));
                break;
            case 1:
                world.Signal("trigger", world.Ehr.Edit("Encounter/e1", "status", "in-progress"));
                break;
            case 2:
                world.Signal("trigger", world.Ehr.Edit("Encounter/e1", "status", "entered-in-error"));
                break;
            case 3 when world.Ehr.All("Task").FirstOrDefault() is { } task:
                world.Ehr.Edit(task.Path, "owner", Elements.Reference("Practitioner/7"));
                break;
        }
    }

    private static int Check(World world, int seed, bool isConditional)
    {
        var groups = world.Ehr.All("Task").AddRange(world.Ehr.All("Communication"))
            .GroupBy(resource => (resource.Type, EffectIdentity.Of(resource, Sample.Installation))).ToList();
        var duplicates = 0;
        foreach (var group in groups)
        {
            var row = world.Ledger.Rows.Single(each => (each.Type, each.Step, each.Round)
                == (group.Key.Type, group.Key.Item2?.Step, group.Key.Item2?.Round ?? 0));
            var others = group.Where(resource => resource.Path != row.Path).ToList();
            duplicates += others.Count;
            Assert.That(row.Id, Is.Not.Null, $"seed {seed}: {row.Step} exists and is not known");
            Assert.That(!isConditional || others.Count == 0, $"seed {seed}: {row.Step} twice at a conditional EHR");
            var status = world.Ehr[row.Path ?? ""].Root.Text("status");
            Assert.That(status, Is.EqualTo(row.Content?.Root.Text("status")), $"seed {seed}");
        }

        foreach (var step in world.State.Steps.Where(step => step.Value.HasEnded))
        {
            var open = groups.SelectMany(group => group).Where(resource =>
                EffectIdentity.Of(resource, Sample.Installation) is { } identity
                && SendTask.Read(identity.Step).Step == step.Key
                && world.Ledger.Rows.Any(row => row.Path == resource.Path)
                && resource.Root.Text("status") is "requested" or "accepted" or "in-progress");
            Assert.That(open, Is.Empty, $"seed {seed}: {step.Key} has ended");
        }

        return duplicates;
    }
}
