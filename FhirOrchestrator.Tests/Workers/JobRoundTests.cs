using FhirOrchestrator.Chains;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Storage;
using FhirOrchestrator.Workers;
using Sample = FhirOrchestrator.Tests.Outcomes.Sample;

namespace FhirOrchestrator.Tests.Workers;

/// <summary>Claims that outlive their lease, and chains that change under a running step.</summary>
internal sealed class JobRoundTests
{
    private static readonly CancellationToken Ct = CancellationToken.None;

    // The first worker hangs before its Task is made; when its lease is over a second one makes it.
    [TestCase(true)]
    [TestCase(false, Description = "an EHR that ignores If-None-Exist")]
    public async Task Round_LeaseOverWhileTheEhrHangs_OneTaskStands(bool isConditional)
    {
        await using var world = new WorkersWorld();
        world.Ehr.IsConditional = isConditional;
        world.OnceAt("POST", "Task", () =>
        {
            world.Time.Advance(TimeSpan.FromMinutes(4));
            Wait(world.Get<JobRound>().RunAsync(Ct));
        });

        var chain = await world.StartAsync();
        await world.RestAsync();

        var open = world.Ehr.All("Task")
            .Where(task => task.Root.Text("status") == "requested" && IsCall(task)).ToList();
        Assert.That(open, Has.Count.EqualTo(1));
        Assert.That(chain.State.Steps[Sample.Call].Phase, Is.EqualTo(StepPhase.Waiting));
        Assert.That(
            world.Ehr.All("Task").Where(IsCall).Count(task => task.Root.Text("status") == "entered-in-error"),
            Is.EqualTo(isConditional ? 0 : 1), "the loser says so");
        Assert.That(world.Tables.Jobs, Is.Empty);
    }

    [Test]
    public async Task Round_ChainHeldAfterTheLastLook_TheTaskIsClosedAgain()
    {
        await using var world = new WorkersWorld();
        world.OnceAt("POST", "Task", () => Wait(Hold(world)));

        await world.StartAsync();
        await world.RestAsync();

        Assert.That((await world.FindAsync()).State.Phase, Is.EqualTo(ChainPhase.Held));
        Assert.That(
            world.Ehr.All("Task").Select(task => task.Root.Text("status")), Has.All.EqualTo("cancelled"));
    }

    [Test]
    public async Task Round_ChainHeldBetweenClaimAndRun_NothingGoesOut()
    {
        await using var world = new WorkersWorld();
        await world.CreateAsync();
        Wait(Hold(world));

        await world.RestAsync();

        Assert.That(world.Ehr.Writes, Is.Empty);
        Assert.That(world.Tables.Jobs, Is.Empty);
    }

    [Test]
    public async Task Round_PatientMergedBeforeTheEffect_HeldAndNothingGoesOut()
    {
        await using var world = new WorkersWorld();
        await world.CreateAsync();
        world.Ehr.Edit("Patient/p1", "active", false);

        await world.RestAsync();

        var chain = await world.FindAsync();
        Assert.That(chain.State.Phase, Is.EqualTo(ChainPhase.Held));
        Assert.That(chain.Incidents, Is.Not.Empty);
        Assert.That(world.Ehr.Writes, Is.Empty);
    }

    // Its package is nowhere any more: that chain cannot go on, the others can.
    [Test]
    public async Task Rounds_OneChainBreaksThem_TheOthersGoOn()
    {
        await using var world = new WorkersWorld();
        var broken = await world.CreateAsync("e0", planHash: "gone");
        var well = await world.StartAsync();
        var other = await world.StartAsync("e2");
        await world.RestAsync();
        world.Tables.Timers[(broken.Id, Sample.Call, TimerKind.Deadline)] = world.Time.GetUtcNow().AddDays(-2);
        world.Tables.Timers[(well.Id, Sample.Call, TimerKind.Deadline)] = world.Time.GetUtcNow().AddDays(-1);
        var store = world.Get<IChainStore>();
        var first = await store.PostAsync(broken.Id, HoldByAnn(world), Ct);
        var second = await store.PostAsync(other.Id, HoldByAnn(world), Ct);

        var fired = await world.Get<TimerRound>().RunAsync(Ct);
        await world.Get<LetterRound>().RunAsync(Ct);

        Assert.That(fired, Is.EqualTo(1));
        Assert.That((await world.FindAsync()).State.Steps[Sample.Call].Phase, Is.EqualTo(StepPhase.Expired));
        Assert.That((await store.FindLetterOutcomeAsync(first, Ct))?.Verdict, Is.EqualTo(Verdict.Refused));
        Assert.That((await store.FindLetterOutcomeAsync(second, Ct))?.Verdict, Is.EqualTo(Verdict.Applied));
    }

    private static bool IsCall(Resource task) =>
        task.Root.Child("code")?.Children("coding").Any(coding => coding.Text("code") == "follow-up-call") == true;

    private static Task<TurnResult> Hold(WorkersWorld world) => world.Get<ChainTurns>().ApplyAsync(
        WorkersWorld.IdOf(), (chain, _) => new Prepared(chain, HoldByAnn(world)), default, Ct);

    private static ChainEvent.Decided HoldByAnn(WorkersWorld world) =>
        new(world.Time.GetUtcNow(), new Decision.Hold(), new Actor(null, "Ann"), "a doubt");

    // The store and the EHR in memory complete at once.
    private static void Wait(Task task) => task.GetAwaiter().GetResult();
}
