using FhirOrchestrator.Chains;
using FhirOrchestrator.Storage;
using FhirOrchestrator.Storage.Postgres;
using FhirOrchestrator.Tests.Contracts;
using FhirOrchestrator.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace FhirOrchestrator.Tests.Storage;

internal sealed class PresenceTests
{
    private static readonly CancellationToken Ct = CancellationToken.None;
    private static readonly TimeSpan HangGuard = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(3);

    private TestDatabase _database = null!;

    [SetUp]
    public async Task CreateDatabase() => _database = await TestDatabase.CreateAsync();

    [TearDown]
    public async Task DropDatabase() => await _database.DisposeAsync();

    [Test]
    public async Task Start_AfterTheOnlyOneDied_GivesBackWhatItHadClaimed()
    {
        using var dead = await StartAsync();
        await QueueAsync();
        Assert.That(await ClaimAllAsync(), Is.EqualTo((1, 1, 1, 1)), "jobs, publications, letters, inbox");

        await KillAsync(dead);
        using var next = await StartAsync();

        Assert.That(await ClaimAllAsync(), Is.EqualTo((1, 1, 1, 1)));
        await next.StopAsync(Ct);
    }

    [Test]
    public async Task Start_BesideALiveOne_LeavesItsClaims()
    {
        using var live = await StartAsync();
        await QueueAsync();
        Assert.That(await ClaimAllAsync(), Is.EqualTo((1, 1, 1, 1)));

        using var second = await StartAsync();
        Assert.That(await ClaimAllAsync(), Is.EqualTo((0, 0, 0, 0)), "a second one");
        await second.StopAsync(Ct);
        using var third = await StartAsync();
        Assert.That(await ClaimAllAsync(), Is.EqualTo((0, 0, 0, 0)), "a third one, after the second has gone");

        await live.StopAsync(Ct);
        await third.StopAsync(Ct);
    }

    [Test]
    public async Task Start_AfterAllHaveStopped_GivesBack()
    {
        using var first = await StartAsync();
        using var second = await StartAsync();
        await QueueAsync();
        await ClaimAllAsync();
        await first.StopAsync(Ct);
        await second.StopAsync(Ct);

        using var next = await StartAsync();

        Assert.That(await ClaimAllAsync(), Is.EqualTo((1, 1, 1, 1)));
        await next.StopAsync(Ct);
    }

    [Test]
    public async Task Connection_Lost_IsPresentAgain()
    {
        using var live = await StartAsync();
        await QueueAsync();
        await ClaimAllAsync();

        await BreakAsync();
        await EndToEnd.Eventually.TrueAsync(
            "the shared lock to be held again", HangGuard, async _ => await LocksAsync() == 1);
        using var second = await StartAsync();

        Assert.That(await ClaimAllAsync(), Is.EqualTo((0, 0, 0, 0)));
        await live.StopAsync(Ct);
        await second.StopAsync(Ct);
    }

    [Test]
    public async Task Claim_OfADeadOne_FinishesNothingAfterItsHeir()
    {
        using var dead = await StartAsync();
        await QueueAsync();
        var store = Store();
        var zombie = (await store.ClaimJobsAsync(1, Lease, Ct))[0];
        await KillAsync(dead);
        using var next = await StartAsync();
        var heir = (await store.ClaimJobsAsync(1, Lease, Ct))[0];

        var late = Samples.Next(await store.RequireAsync("k")) with { Finished = zombie };
        var inTime = Samples.Next(await store.RequireAsync("k")) with { Finished = heir };

        Assert.That(await store.ChangeAsync(late), Is.False);
        Assert.That(await store.ChangeAsync(inTime), Is.True);
        await next.StopAsync(Ct);
    }

    private async Task<Presence> StartAsync()
    {
        var presence = new Presence(_database.Source, new ImpatientTime(), NullLogger<Presence>.Instance);
        await presence.StartAsync(Ct);
        return presence;
    }

    private PostgresChainStore Store() => new(_database.Source, new WakeBoard(TimeProvider.System));

    private PostgresInbox Inbox() => new(_database.Source, new WakeBoard(TimeProvider.System));

    private async Task QueueAsync()
    {
        var store = Store();
        var chain = await store.StartAsync("k", Samples.Run(Samples.Call), new ChainCommand.Publish(1));
        await store.PostAsync(chain.Id, new ChainEvent.Signalled(Samples.Long, "trigger", "Encounter/1", false), Ct);
        await Inbox().AppendAsync(Samples.Delivery("Encounter/1"), Ct);
    }

    private async Task<(int Jobs, int Publish, int Letters, int Inbox)> ClaimAllAsync()
    {
        var store = Store();
        return (
            (await store.ClaimJobsAsync(10, Lease, Ct)).Length,
            (await store.ClaimPublishAsync(10, Lease, Ct)).Length,
            (await store.ClaimLettersAsync(10, Lease, Ct)).Length,
            (await Inbox().ClaimAsync(10, Lease, Ct)).Length);
    }

    // As kill -9 does: nothing is given back, and the connection ends without a word.
    private async Task KillAsync(Presence presence)
    {
        presence.Dispose();
        await BreakAsync();
    }

    private async Task BreakAsync()
    {
        await using var command = _database.Source.CreateCommand(
            $"SELECT count(pg_terminate_backend(pid, 5000)) FROM ({Holders}) held");
        Assert.That(await command.ExecuteScalarAsync(Ct), Is.EqualTo(1L));
    }

    private Task<long> LocksAsync() => _database.ReadAsync<long>($"SELECT count(*) FROM ({Holders}) held");

    private const string Holders =
        """
        SELECT pid FROM pg_locks
        WHERE locktype = 'advisory' AND mode = 'ShareLock' AND granted
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        """;

    // What waits goes on at once.
    private sealed class ImpatientTime : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }
}
