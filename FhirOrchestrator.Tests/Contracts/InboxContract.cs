using System.Collections.Immutable;
using System.Text;
using FhirOrchestrator.Facts;
using FhirOrchestrator.Storage;

namespace FhirOrchestrator.Tests.Contracts;

/// <summary>What every inbox does: durable, in lanes, once, and honest about what a sweep found first.</summary>
internal abstract class InboxContract : StoreContract
{
    private static readonly CancellationToken Ct = CancellationToken.None;
    private static readonly TimeSpan PastLease = Samples.Lease * 2;

    private IInbox Inbox => World.Inbox;

    [Test]
    public async Task Append_AnyBytes_AreKeptAsTheyCame()
    {
        byte[] bytes = [0xFF, 0x00, 0xC3, .. Encoding.UTF8.GetBytes("{\"a\":1,\"a\":1.0}")];
        var id = await Inbox.AppendAsync(
            Samples.Delivery("Encounter/1", "7") with { Body = bytes, Method = "PUT", ContentType = null }, Ct);

        var lease = (await ClaimAsync())[0];

        Assert.Multiple(() =>
        {
            Assert.That(lease.Id, Is.EqualTo(id));
            Assert.That(lease.Delivery.Body.ToArray(), Is.EqualTo(bytes));
            Assert.That(lease.Delivery with { Body = default }, Is.EqualTo(
                Samples.Delivery("Encounter/1", "7") with { Body = default, Method = "PUT", ContentType = null }));
            Assert.That(lease.Attempts, Is.EqualTo(1));
        });
    }

    [Test]
    public async Task Append_HostileText_IsTaken()
    {
        await Inbox.AppendAsync(Samples.Delivery("Encounter/\0\uD800") with { ContentType = "\0" }, Ct);

        Assert.That(await ClaimAsync(), Has.Length.EqualTo(1));
    }

    [Test]
    public async Task Claim_OneLane_OneAtATimeInOrder()
    {
        var first = await Inbox.AppendAsync(Samples.Delivery("Encounter/1"), Ct);
        var second = await Inbox.AppendAsync(Samples.Delivery("Encounter/1"), Ct);
        var other = await Inbox.AppendAsync(Samples.Delivery("Encounter/2"), Ct);
        var south = await Inbox.AppendAsync(Samples.Delivery("Encounter/1") with { Ehr = new EhrId("south") }, Ct);

        var claimed = await ClaimAsync();
        var meanwhile = await ClaimAsync();
        await FinishAsync(claimed[0]);
        var next = await ClaimAsync();

        Assert.That(claimed.Select(l => l.Id), Is.EqualTo([first, other, south]));
        Assert.That(meanwhile, Is.Empty);
        Assert.That(next.Select(l => l.Id), Is.EqualTo([second]));
    }

    [Test]
    public async Task Claim_WithoutTarget_HasNoLane()
    {
        await Inbox.AppendAsync(Samples.Delivery(null), Ct);
        await Inbox.AppendAsync(Samples.Delivery(null), Ct);

        Assert.That(await ClaimAsync(), Has.Length.EqualTo(2));
    }

    [Test]
    public async Task Claim_ManyClaimers_NeverTwoOfOneLane()
    {
        for (var i = 0; i < 20; i++)
        {
            await Inbox.AppendAsync(Samples.Delivery($"Encounter/{i % 4}"), Ct);
        }

        var claimed = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Inbox.ClaimAsync(3, Samples.Lease, Ct)));

        var targets = claimed.SelectMany(c => c).Select(l => l.Delivery.Target).ToList();
        Assert.That(targets, Is.Unique);
        Assert.That(targets, Has.Count.EqualTo(4));
    }

    [Test]
    public async Task Finish_ZombieAfterItsLease_FinishesNothing()
    {
        await Inbox.AppendAsync(Samples.Delivery("Encounter/1"), Ct);
        var zombie = (await ClaimAsync())[0];
        await World.AdvanceAsync(PastLease);
        var heir = (await ClaimAsync())[0];

        await Inbox.FinishAsync(zombie, [Seen("1", "1", Origin.Sweep)], [], Ct);
        await Inbox.QuarantineAsync(zombie, "late", "late", Ct);
        await Inbox.RetryAsync(zombie, TimeSpan.Zero, "late", Ct);

        Assert.That(await Inbox.IsSeenAsync(Samples.Found("1", "1").Key, "1", Ct), Is.False);
        Assert.That(await ClaimAsync(), Is.Empty, "the heir still has it");
        await FinishAsync(heir);
        await World.AdvanceAsync(PastLease);
        Assert.That(await ClaimAsync(), Is.Empty);
        Assert.That((heir.Epoch, heir.Attempts), Is.EqualTo((zombie.Epoch + 1, 2)));
    }

    [Test]
    public async Task Finish_NotesWhatWasSeen()
    {
        await Inbox.AppendAsync(Samples.Delivery("Encounter/1"), Ct);
        var key = Samples.Found("1", "3").Key;
        var verdict = new NotedVerdict(key, "3", new MatchVerdict(null, MatchKind.NotMatched, "no-plan", "words"));

        await Inbox.FinishAsync((await ClaimAsync())[0], [Seen("1", "3", Origin.Notification)], [verdict], Ct);

        Assert.Multiple(async () =>
        {
            Assert.That(await Inbox.IsSeenAsync(key, "3", Ct), Is.True);
            Assert.That(await Inbox.IsSeenAsync(key, "4", Ct), Is.False);
            Assert.That(await Inbox.IsSeenAsync(key with { Ehr = new EhrId("south") }, "3", Ct), Is.False);
        });
    }

    [Test]
    public async Task Note_PortionByPortion_IsSeenWhileTheEntryStaysClaimed()
    {
        await Inbox.AppendAsync(Samples.Delivery("Encounter/1"), Ct);
        var lease = (await ClaimAsync())[0];

        await Inbox.NoteAsync(lease, [Seen("1", "3", Origin.Notification)], [], Ct);
        await Inbox.NoteAsync(lease, [Seen("1", "3", Origin.Sweep), Seen("1", "4", Origin.Sweep)], [], Ct);

        Assert.That(await Inbox.IsSeenAsync(Samples.Found("1", "3").Key, "3", Ct), Is.True);
        Assert.That(await Inbox.IsSeenAsync(Samples.Found("1", "4").Key, "4", Ct), Is.True);
        Assert.That(await ClaimAsync(), Is.Empty, "its reader still has it");
        await World.AdvanceAsync(PastLease);
        Assert.That((await ClaimAsync()).Select(l => l.Id), Is.EqualTo([lease.Id]), "and it is not finished");
    }

    [Test]
    public async Task Note_ZombieAfterItsLease_NotesNothing()
    {
        await Inbox.AppendAsync(Samples.Delivery("Encounter/1"), Ct);
        var zombie = (await ClaimAsync())[0];
        await World.AdvanceAsync(PastLease);
        await ClaimAsync();

        await Inbox.NoteAsync(zombie, [Seen("1", "1", Origin.Sweep)], [], Ct);

        Assert.That(await Inbox.IsSeenAsync(Samples.Found("1", "1").Key, "1", Ct), Is.False);
    }

    [Test]
    public async Task Retry_WaitsForItsDelayAndHoldsItsLane()
    {
        var first = await Inbox.AppendAsync(Samples.Delivery("Encounter/1"), Ct);
        await Inbox.AppendAsync(Samples.Delivery("Encounter/1"), Ct);
        await Inbox.RetryAsync((await ClaimAsync())[0], TimeSpan.FromMinutes(2), "unreachable", Ct);

        Assert.That(await ClaimAsync(), Is.Empty);
        await World.AdvanceAsync(TimeSpan.FromMinutes(3));
        Assert.That((await ClaimAsync()).Select(l => (l.Id, l.Attempts)), Is.EqualTo([(first, 2)]));
    }

    [Test]
    public async Task Quarantine_LetsTheLaneGoOn()
    {
        await Inbox.AppendAsync(Samples.Delivery("Encounter/1"), Ct);
        var second = await Inbox.AppendAsync(Samples.Delivery("Encounter/1"), Ct);

        await Inbox.QuarantineAsync((await ClaimAsync())[0], MatchReasons.Unreadable, "not JSON", Ct);

        Assert.That((await ClaimAsync()).Select(l => l.Id), Is.EqualTo([second]));
    }

    [Test]
    public async Task AppendFound_NewVersion_IsASweepsFind()
    {
        var registration = await World.Registrations.SaveAsync(Samples.Registration(), Ct);

        var count = await AppendFoundAsync(registration, ("1", "1"), ("1", "1"), ("2", "5"));
        var claimed = await ClaimAsync();

        Assert.That(count, Is.EqualTo(2));
        Assert.That(
            claimed.Select(l => (l.Delivery.Origin, l.Delivery.Target, l.Delivery.Version)),
            Is.EquivalentTo([(Origin.Sweep, "Encounter/1", "1"), (Origin.Sweep, "Encounter/2", "5")]));
        Assert.That(claimed[0].Delivery.Subscription, Is.EqualTo("subscription"));
    }

    [Test]
    public async Task AppendFound_SeenOrWaiting_IsNotAppended()
    {
        var registration = await World.Registrations.SaveAsync(Samples.Registration(), Ct);
        await Inbox.AppendAsync(Samples.Delivery("Encounter/1"), Ct);
        await Inbox.FinishAsync((await ClaimAsync())[0], [Seen("1", "1", Origin.Notification)], [], Ct);
        await Inbox.AppendAsync(Samples.Delivery("Encounter/2", "1"), Ct);
        await Inbox.AppendAsync(Samples.Delivery("Encounter/3"), Ct);

        var count = await AppendFoundAsync(registration, ("1", "1"), ("2", "1"), ("3", "9"));
        var again = await AppendFoundAsync(registration, ("1", "2"));
        var twice = await AppendFoundAsync(registration, ("1", "2"));

        Assert.That((count, again, twice), Is.EqualTo((0, 1, 0)));
        Assert.That(
            (await ClaimAsync()).Where(l => l.Delivery.Origin is Origin.Sweep).Select(l => l.Delivery.Target),
            Is.EqualTo(["Encounter/1"]));
    }

    [Test]
    public async Task AppendFound_WhileTheResourceIsBeingRead_IsAppendedBehindIt()
    {
        var registration = await World.Registrations.SaveAsync(Samples.Registration(), Ct);
        await Inbox.AppendAsync(Samples.Delivery("Encounter/1"), Ct);
        var reading = (await ClaimAsync())[0];

        var count = await AppendFoundAsync(registration, ("1", "2"));
        var meanwhile = await ClaimAsync();
        await FinishAsync(reading);

        Assert.That(count, Is.EqualTo(1), "what is being read may be older than what the sweep saw");
        Assert.That(meanwhile, Is.Empty);
        Assert.That((await ClaimAsync()).Select(l => l.Delivery.Version), Is.EqualTo(["2"]));
    }

    [Test]
    public async Task AppendFound_BehindABundle_WaitsForItButNotForLong()
    {
        var registration = await World.Registrations.SaveAsync(Samples.Registration(), Ct);
        await Inbox.AppendAsync(Samples.Delivery(null), Ct);
        var bundle = (await ClaimAsync())[0];
        await AppendFoundAsync(registration, ("1", "1"));

        Assert.That(await ClaimAsync(), Is.Empty, "the bundle may announce the same version");
        await Inbox.RetryAsync(bundle, TimeSpan.FromHours(1), "unreachable", Ct);
        await World.AdvanceAsync(TimeSpan.FromMinutes(6));
        Assert.That((await ClaimAsync()).Select(l => l.Delivery.Origin), Is.EqualTo([Origin.Sweep]));
    }

    [Test]
    public async Task AppendFound_MovesTheWatermarkAndNeverBack()
    {
        var registration = await World.Registrations.SaveAsync(Samples.Registration(), Ct);
        await Inbox.AppendFoundAsync(registration, [], Samples.Long.AddHours(2), Ct);
        await Inbox.AppendFoundAsync(registration, [], Samples.Long.AddHours(1), Ct);

        Assert.That(
            (await World.Registrations.ListAsync(Ct)).Select(r => r.Watermark), Is.EqualTo([Samples.Long.AddHours(2)]));
    }

    [Test]
    public async Task AppendFound_OfAnotherEhr_Throws()
    {
        var foreign = new FoundVersion(new ResourceKey(new EhrId("south"), "Encounter", "1"), "1");

        await Assert.ThatAsync(
            () => Inbox.AppendFoundAsync(Samples.Registration(), [foreign], Samples.Long, Ct),
            Throws.InvalidOperationException);
    }

    [Test]
    public async Task Append_Notification_IsNotedAtItsRegistration()
    {
        await World.Registrations.SaveAsync(Samples.Registration(), Ct);

        await Inbox.AppendAsync(Samples.Delivery("Encounter/1"), Ct);

        Assert.That((await World.Registrations.ListAsync(Ct))[0].LastNotification, Is.Not.Null);
    }

    private static SeenVersion Seen(string id, string version, Origin origin) =>
        new(Samples.Found(id, version).Key, version, origin);

    private Task<ImmutableArray<InboxLease>> ClaimAsync() => Inbox.ClaimAsync(10, Samples.Lease, Ct);

    private Task FinishAsync(InboxLease lease) => Inbox.FinishAsync(lease, [], [], Ct);

    private Task<int> AppendFoundAsync(Registration registration, params (string Id, string Version)[] found) =>
        Inbox.AppendFoundAsync(
            registration, [.. found.Select(f => Samples.Found(f.Id, f.Version))], Samples.Long.AddHours(1), Ct);
}
