using FhirOrchestrator.Chains;
using FhirOrchestrator.Facts;
using FhirOrchestrator.Storage;
using FhirOrchestrator.Tests.Steps;
using FhirOrchestrator.Workers;
using Sample = FhirOrchestrator.Tests.Outcomes.Sample;

namespace FhirOrchestrator.Tests.Workers;

internal sealed class RefreshRoundTests
{
    [Test]
    public async Task Round_NothingIsOld_ReadsNothing()
    {
        await using var world = new WorkersWorld();
        await world.StartAsync();
        world.Ehr.Seen.Clear();

        await world.RefreshAsync();

        Assert.That(world.Reads, Is.Empty);
    }

    [Test]
    public async Task Round_SameVersions_MovesOnlyReadAt()
    {
        await using var world = new WorkersWorld();
        var before = await world.StartAsync();
        world.GrowOld();

        await world.RefreshAsync();
        var after = await world.FindAsync();

        Assert.Multiple(() =>
        {
            Assert.That(world.Reads, Is.EquivalentTo(["Encounter/e1", "Patient/p1", world.TaskOf(before).Path]));
            Assert.That(after.State.Revision, Is.EqualTo(before.State.Revision), "no event");
            Assert.That(after.Dossier.Select(entry => entry.ReadAt), Is.All.EqualTo(world.Time.GetUtcNow()));
            Assert.That(world.Tables.Inbox, Is.Empty);
        });
        world.Ehr.Seen.Clear();
        await world.RefreshAsync();
        Assert.That(world.Reads, Is.Empty, "fresh now");
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Round_TriggerReversedUnannounced_StopsTheChain(bool isRegistered)
    {
        await using var world = new WorkersWorld();
        await world.StartAsync();
        await (isRegistered ? world.RegisterAsync() : Task.CompletedTask);
        world.GrowOld();
        world.Ehr.Edit("Encounter/e1", "status", "in-progress");

        await world.RefreshAsync();
        var after = await world.FindAsync();

        Assert.That(after.State.Phase, Is.EqualTo(ChainPhase.Stopped).Or.EqualTo(ChainPhase.Stopping));
        Assert.That(after.State.Reason?.Value, Is.EqualTo("reversed"));
        Assert.That(world.Verdicts, isRegistered ? Does.Contain(nameof(MatchKind.Signalled)) : Is.Empty);
    }

    // Another package's chain was told of it before this one began to wait: the inbox would drop it as seen.
    [Test]
    public async Task Round_VersionSeenButNeverTold_ReachesTheChain()
    {
        await using var world = new WorkersWorld();
        await world.StartAsync();
        await world.RegisterAsync();
        world.GrowOld();
        world.MarkSeen("Encounter", "e1", world.Ehr.Edit("Encounter/e1", "status", "in-progress").VersionId ?? "");

        await world.RefreshAsync();

        Assert.That((await world.FindAsync()).State.Reason?.Value, Is.EqualTo("reversed"));
    }

    [TestCase("Encounter/e1", "trigger-deleted", true)]
    [TestCase("Encounter/e1", "trigger-deleted", false)]
    [TestCase("Patient/p1", "patient-deleted", true)]
    [TestCase("Patient/p1", "patient-deleted", false)]
    public async Task Round_DeletedUnannounced_HoldsTheChainOnce(string path, string reason, bool isRegistered)
    {
        await using var world = new WorkersWorld();
        await world.StartAsync();
        await (isRegistered ? world.RegisterAsync() : Task.CompletedTask);
        world.GrowOld();
        world.Ehr.Delete(path);

        await world.RefreshAsync();
        var held = await world.FindAsync();
        world.GrowOld();
        await world.RefreshAsync();
        var later = await world.FindAsync();

        Assert.Multiple(() =>
        {
            Assert.That(held.State.Phase, Is.EqualTo(ChainPhase.Held));
            Assert.That(held.Incidents.Select(each => each.Reason.Value), Is.EqualTo([reason]));
            Assert.That(later.State.Revision, Is.EqualTo(held.State.Revision), "told once");
            Assert.That(later.Dossier.Select(entry => entry.ReadAt), Is.All.EqualTo(world.Time.GetUtcNow()));
        });
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Round_TaskDeletedUnannounced_OpensAnIncidentOnce(bool isRegistered)
    {
        await using var world = new WorkersWorld();
        var chain = await world.StartAsync();
        await (isRegistered ? world.RegisterAsync() : Task.CompletedTask);
        var path = world.TaskOf(chain).Path;
        world.GrowOld();
        world.Ehr.Delete(path);

        await world.RefreshAsync();
        var after = await world.FindAsync();
        world.GrowOld();
        await world.RefreshAsync();

        Assert.Multiple(() =>
        {
            Assert.That(after.State.Steps[Sample.Call].Phase, Is.EqualTo(StepPhase.Failed));
            Assert.That(after.Incidents.Select(each => each.Reason.Value), Does.Contain(Reasons.TaskVoided.Value));
            Assert.That(world.Reads, Does.Not.Contain(path), "known to be gone");
            Assert.That(world.Ehr.All("Task"), Is.Empty, "never created again");
        });
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Round_TaskEditedUnannounced_MovesTheStep(bool isRegistered)
    {
        await using var world = new WorkersWorld();
        var chain = await world.StartAsync();
        await (isRegistered ? world.RegisterAsync() : Task.CompletedTask);
        world.GrowOld();
        world.Ehr.Edit(world.TaskOf(chain).Path, "status", "completed");

        await world.RefreshAsync();

        Assert.That(
            (await world.FindAsync()).State.Steps[Sample.Call].Phase, Is.EqualTo(StepPhase.NeedsReview), "no output");
    }

    [TestCase(Fault.NoConnection)]
    [TestCase(Fault.Throttled)]
    [TestCase(Fault.ReplyLost)]
    public async Task Round_EhrDoesNotAnswer_NothingMoves(Fault fault)
    {
        await using var world = new WorkersWorld();
        var before = await world.StartAsync();
        for (var other = 0; other < 5; other++)
        {
            await world.StartAsync($"other{other}", $"other{other}");
        }

        world.GrowOld();
        world.Ehr.Faults = _ => fault;
        await world.RefreshAsync();
        var after = await world.FindAsync();

        Assert.Multiple(() =>
        {
            Assert.That(
                after.Dossier.Select(entry => entry.ReadAt),
                Is.EqualTo(before.Dossier.Select(entry => entry.ReadAt)));
            Assert.That(after.State.Revision, Is.EqualTo(before.State.Revision));
            Assert.That(world.Reads.Count(), Is.LessThanOrEqualTo(5), "it is left alone until the next round");
        });
    }

    [Test]
    public async Task Round_SomeCannotBeRead_TheOthersHaveTheirTurn()
    {
        await using var world = new WorkersWorld();
        for (var stay = 0; stay < 8; stay++)
        {
            await world.StartAsync($"stay{stay}", $"person{stay}");
            world.Time.Advance(TimeSpan.FromSeconds(1));
        }

        world.GrowOld();
        world.Ehr.Faults = request =>
            request.PathAndQuery[^1] is >= '0' and <= '3'
                && !request.PathAndQuery.Contains("Task", StringComparison.Ordinal)
                ? Fault.NoConnection
                : Fault.None;
        for (var round = 0; round < 8; round++)
        {
            await world.RefreshAsync();
        }

        for (var stay = 0; stay < 8; stay++)
        {
            var chain = await world.FindAsync($"stay{stay}");
            Assert.That(
                chain.Dossier[0].ReadAt == world.Time.GetUtcNow(), Is.EqualTo(stay >= 4), $"stay{stay}");
        }
    }

    [Test]
    public async Task Round_ManyChainsOfOnePatient_ReadsThePatientOnce()
    {
        await using var world = new WorkersWorld();
        for (var stay = 0; stay < 5; stay++)
        {
            await world.StartAsync($"stay{stay}");
        }

        world.GrowOld();
        await world.RefreshAsync();

        Assert.That(world.Reads.Count(path => path == "Patient/p1"), Is.EqualTo(1));
        Assert.That(world.Reads.Count(path => path.StartsWith("Encounter/", StringComparison.Ordinal)), Is.EqualTo(5));
    }

    [Test]
    public async Task Round_VeryMany_IsBoundedAndGoesOnWithTheRest()
    {
        await using var world = new WorkersWorld();
        const int Chains = 150;
        for (var stay = 0; stay < Chains; stay++)
        {
            await world.StartAsync($"stay{stay}", $"person{stay}");
        }

        world.GrowOld();
        await world.RefreshAsync();
        var first = world.Reads.Count();
        await world.RefreshAsync();

        Assert.That(first, Is.LessThanOrEqualTo(RefreshRound.ReadsMax));
        Assert.That(world.Reads.Distinct().Count(), Is.EqualTo(3 * Chains));
        Assert.That(world.Reads.Count(), Is.EqualTo(3 * Chains), "each once");
    }

    [Test]
    public async Task Round_AnotherReplicaIsAtIt_DoesNothing()
    {
        await using var world = new WorkersWorld();
        await world.StartAsync();
        world.GrowOld();
        await world.Get<IRegistrations>().WhileLeaderAsync(
            "refresh:north",
            async _ => Assert.That(
                await world.Get<RefreshRound>().RunRoundAsync(world.Client, CancellationToken.None), Is.False),
            CancellationToken.None);

        Assert.That(world.Reads, Is.Empty);
    }
}
