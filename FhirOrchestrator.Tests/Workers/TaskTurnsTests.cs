using FhirOrchestrator.Chains;
using FhirOrchestrator.Facts;
using FhirOrchestrator.Fhir.Json;
using Sample = FhirOrchestrator.Tests.Outcomes.Sample;
using TaskStatus = FhirOrchestrator.Chains.TaskStatus;

namespace FhirOrchestrator.Tests.Workers;

/// <summary>What comes back of our own Tasks: own writes end there, other hands' edits move the chain.</summary>
internal sealed class TaskTurnsTests
{
    [Test]
    public async Task Match_OwnWrite_EndsThere()
    {
        await using var world = new WorkersWorld();
        var chain = await world.StartAsync();
        await world.RestAsync();
        var (before, writes) = (await world.FindAsync(), world.Ehr.Writes.Count());

        await world.NotifyAsync(world.TaskOf(chain));
        await world.RestAsync();

        Assert.That(world.Verdicts, Is.EqualTo([nameof(MatchKind.OwnWrite)]));
        Assert.That((await world.FindAsync()).State.Revision, Is.EqualTo(before.State.Revision));
        Assert.That(world.Ehr.Writes.Count(), Is.EqualTo(writes), "no loop");
    }

    // The EHR announces a Task before its answer to us has been noted.
    [Test]
    public async Task Match_WriteNotNotedYet_WaitsForTheNote()
    {
        await using var world = new WorkersWorld();
        var chain = await world.StartAsync();
        await world.RestAsync();
        var noted = world.Change(chain, row => row with { Id = null, Version = null });

        await world.NotifyAsync(world.TaskOf(chain));
        await world.ReadInboxAsync();
        Assert.That(world.Verdicts, Is.Empty);
        Assert.That(world.Tables.Inbox, Has.Count.EqualTo(1), "it comes again");

        world.Change(chain, _ => noted);
        world.Time.Advance(TimeSpan.FromSeconds(3));
        await world.RestAsync();
        Assert.That(world.Verdicts, Is.EqualTo([nameof(MatchKind.OwnWrite)]));
    }

    // Its creation was never answered, was looked for in vain, and shows only now.
    [Test]
    public async Task Match_LostCreationShows_IsFoundAndAdopted()
    {
        await using var world = new WorkersWorld();
        var chain = await world.StartAsync();
        await world.RestAsync();
        world.Change(chain, row => row with { Id = null, Version = null });
        world.Tables.Publishes.Clear();

        await world.NotifyAsync(world.TaskOf(chain));
        await world.RestAsync();
        world.Time.Advance(TimeSpan.FromSeconds(3));
        await world.RestAsync();

        Assert.That(world.Change(chain, row => row).Id, Is.EqualTo(world.TaskOf(chain).Id));
        Assert.That(world.Verdicts, Is.EqualTo([nameof(MatchKind.OwnWrite)]));
        Assert.That(world.Tables.Inbox, Is.Empty);
    }

    [Test]
    public async Task Match_TaskOfOursThatWeOnlyKept_IsADuplicateAndDoesNotComeForEver()
    {
        await using var world = new WorkersWorld();
        var chain = await world.StartAsync();
        await world.RestAsync();
        world.Change(chain, row => row with { Id = null, Version = null, Withheld = true });

        await world.NotifyAsync(world.TaskOf(chain));
        await world.ReadInboxAsync();

        Assert.That(world.Tables.Verdicts.Select(each => each.Noted.Verdict.Reason), Is.EqualTo(["duplicate-effect"]));
        Assert.That(world.Tables.Inbox, Is.Empty);
    }

    [Test]
    public async Task Match_PersonTakesTheTask_TheChainFollowsAndWritesNothingOverIt()
    {
        await using var world = new WorkersWorld();
        var chain = await world.StartAsync();
        await world.RestAsync();
        var path = world.TaskOf(chain).Path;
        world.Ehr.Edit(path, "owner", Node.Object(("display", "Ann")));
        var edited = world.Ehr.Edit(path, "status", "in-progress");

        await world.NotifyAsync(edited);
        await world.NotifyAsync(edited);
        await world.RestAsync();

        var task = (await world.FindAsync()).State.Steps[Sample.Call].Task;
        Assert.That((task?.Status, task?.OwnerName), Is.EqualTo((TaskStatus.InProgress, "Ann")));
        Assert.That(world.TaskOf(chain).Root.Child("owner")?.Text("display"), Is.EqualTo("Ann"));
        Assert.That(
            world.Verdicts, Is.EqualTo([nameof(MatchKind.Signalled), nameof(MatchKind.Duplicate)]),
            "the second notification of one version");
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Match_MessageVoidedAtTheEhr_APersonIsTold(bool isDeleted)
    {
        await using var world = new WorkersWorld();
        await world.StartAsync();
        await world.RestAsync();
        var message = world.Ehr.All("Communication").Single();
        if (isDeleted)
        {
            world.Ehr.Delete(message.Path);
        }
        else
        {
            message = world.Ehr.Edit(message.Path, "status", "entered-in-error");
        }

        await world.NotifyAsync(message, isDeleted ? "DELETE" : "PUT");
        await world.RestAsync();

        var incidents = (await world.FindAsync()).Incidents;
        Assert.That(incidents.Select(each => each.Reason.Value), Is.EqualTo(["message-voided"]));
        Assert.That(world.Ehr.All("Communication"), Has.Length.EqualTo(isDeleted ? 0 : 1), "never silently sent again");
    }

    // The event and the note of what was read are two transactions.
    [Test]
    public async Task Match_CrashBetweenEventAndNote_TheEditCountsOnce()
    {
        var policy = new NotDonePolicy(NotDoneKind.Reassign, 3);
        await using var world = new WorkersWorld(Sample.Package(policy));
        var chain = await world.StartAsync();
        await world.RestAsync();
        var noted = world.Change(chain, row => row);
        var failed = world.Ehr.Edit(world.TaskOf(chain).Path, "status", "failed");
        await world.NotifyAsync(failed);
        await world.RestAsync();

        world.Change(chain, _ => noted);
        world.Tables.Seen.Clear();
        await world.NotifyAsync(failed);
        await world.RestAsync();

        Assert.That((await world.FindAsync()).State.Steps[Sample.Call].Round, Is.EqualTo(2));
        Assert.That(world.Ehr.All("Task").Count(task => task.Root.Text("status") == "requested"), Is.EqualTo(1));
    }
}
