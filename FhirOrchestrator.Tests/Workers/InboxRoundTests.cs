using FhirOrchestrator.Chains;
using FhirOrchestrator.Facts;
using FhirOrchestrator.Storage;

namespace FhirOrchestrator.Tests.Workers;

/// <summary>Which version counts as dealt with: only one that was read, or is known to be older.</summary>
internal sealed class InboxRoundTests
{
    private static readonly CancellationToken Ct = CancellationToken.None;
    private static readonly ResourceKey Stay = new(new EhrId("north"), "Encounter", "e1");

    // A replica of the EHR that is behind shows version 1 while version 2 is announced.
    [Test]
    public async Task Round_VersionToldOfIsNotShownYet_IsWaitedFor()
    {
        await using var world = new WorkersWorld();
        var before = await world.StartAsync();
        world.MarkSeen("Encounter", "e1", "1");
        var shown = world.Ehr["Encounter/e1"];
        await world.NotifyAsync(shown.WithVersion("2", world.Time.GetUtcNow()));

        await world.ReadInboxAsync();
        Assert.That(world.Tables.Inbox, Has.Count.EqualTo(1), "it comes again");
        Assert.That(await IsSeenAsync(world, "2"), Is.False);

        world.Ehr.Edit("Encounter/e1", "status", "in-progress");
        world.Time.Advance(TimeSpan.FromSeconds(3));
        await world.ReadInboxAsync();
        Assert.That(await IsSeenAsync(world, "2"), Is.True);
        Assert.That((await world.FindAsync()).State.Reason?.Value, Is.EqualTo("reversed"), before.Id.ToString());
    }

    [Test]
    public async Task Round_VersionToldOfNeverShows_WhatIsThereCountsAndTheRestIsTheSweeps()
    {
        await using var world = new WorkersWorld();
        await world.StartAsync();
        await world.NotifyAsync(world.Ehr["Encounter/e1"].WithVersion("9", world.Time.GetUtcNow()));

        for (var attempt = 0; attempt < 4; attempt++)
        {
            await world.ReadInboxAsync();
            world.Time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.That(world.Tables.Inbox, Is.Empty, "a version that is made up does not come for ever");
        Assert.That((await IsSeenAsync(world, "1"), await IsSeenAsync(world, "9")), Is.EqualTo((true, false)));
    }

    [Test]
    public async Task Round_VersionToldOfIsOvertaken_BothAreDealtWith()
    {
        await using var world = new WorkersWorld();
        await world.StartAsync();
        var told = world.Ehr["Encounter/e1"];
        world.Ehr.Edit("Encounter/e1", "status", "in-progress");

        await world.NotifyAsync(told);
        await world.ReadInboxAsync();

        Assert.That((await IsSeenAsync(world, "1"), await IsSeenAsync(world, "2")), Is.EqualTo((true, true)));
    }

    [Test]
    public async Task Round_DeletionToldOfIsNotShownYet_IsWaitedFor()
    {
        await using var world = new WorkersWorld();
        await world.StartAsync();
        var told = world.Ehr["Encounter/e1"];
        await world.NotifyAsync(told, method: "DELETE");

        await world.ReadInboxAsync();
        Assert.That(world.Tables.Inbox, Has.Count.EqualTo(1), "it comes again");

        world.Ehr.Delete("Encounter/e1");
        world.Time.Advance(TimeSpan.FromSeconds(3));
        await world.ReadInboxAsync();
        Assert.That((await world.FindAsync()).State.Phase, Is.EqualTo(ChainPhase.Held));
    }

    private static Task<bool> IsSeenAsync(WorkersWorld world, string version) =>
        world.Get<IInbox>().IsSeenAsync(Stay, version, Ct);
}
