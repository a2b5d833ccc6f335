using System.Collections.Immutable;
using FhirOrchestrator.Sandbox.Publisher;
using FhirOrchestrator.Tests.Support;

namespace FhirOrchestrator.Tests.Sandbox.Publisher;

/// <summary>What every ledger of the publisher keeps.</summary>
internal abstract class LedgerContract
{
    private static readonly DateTimeOffset At = new(2026, 11, 20, 9, 30, 0, TimeSpan.Zero);

    private IPublisherLedger _ledger = null!;

    protected abstract Task<IPublisherLedger> MakeAsync();

    [SetUp]
    public async Task SetUp() => _ledger = await MakeAsync();

    [Test]
    public async Task Commit_Page_IsLoadedAgain()
    {
        var stored = await _ledger.CommitAsync(
            Page(0, 7) with { Subscribers = [new("a", 3), new("b", 0)] }, CancellationToken.None);
        var start = await _ledger.LoadAsync(CancellationToken.None);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(stored, Is.True);
            Assert.That(start.Position, Is.EqualTo(7));
            Assert.That(start.Subscribers, Is.EqualTo(
                ImmutableArray.Create(new Subscriber("a", 3), new Subscriber("b", 0))));
            Assert.That(await _ledger.CountEventsAsync("a", CancellationToken.None), Is.EqualTo(3));
            Assert.That(await _ledger.CountEventsAsync("c", CancellationToken.None), Is.Null);
        }
    }

    [Test]
    public async Task Commit_BehindTheFence_ChangesNothing()
    {
        await _ledger.CommitAsync(Page(0, 7), CancellationToken.None);
        var again = await _ledger.CommitAsync(Page(0, 9) with { Deliveries = [Due("a", 1)] }, CancellationToken.None);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(again, Is.False);
            Assert.That((await _ledger.LoadAsync(CancellationToken.None)).Position, Is.EqualTo(7));
            Assert.That(await _ledger.ReadQueueAsync("a", 9, CancellationToken.None), Is.Empty);
        }
    }

    [Test]
    public async Task Queue_OfOneSubscription_IsInOrderHeldOnesLast()
    {
        await _ledger.CommitAsync(
            Page(0, 1) with
            {
                Deliveries = [Due("a", 1) with { HeldUntil = At }, Due("b", 1), Due("a", 2), Due("a", 3)],
            },
            CancellationToken.None);
        var queue = await _ledger.ReadQueueAsync("a", 9, CancellationToken.None);
        await _ledger.DeliveredAsync(queue[0].Sequence, CancellationToken.None);
        var rest = await _ledger.ReadQueueAsync("a", 9, CancellationToken.None);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(queue.Select(each => each.EventNumber), Is.EqualTo(ImmutableArray.Create(2L, 3L, 1L)));
            Assert.That(queue[2].HeldUntil, Is.EqualTo(At));
            Assert.That(queue[0].Change, Is.EqualTo(Due("a", 2).Change));
            Assert.That(rest.Select(each => each.EventNumber), Is.EqualTo(ImmutableArray.Create(3L, 1L)));
        }
    }

    [Test]
    public async Task Commit_ClearedAndEnded_ForgetsTheQueueAndTheCount()
    {
        await _ledger.CommitAsync(
            Page(0, 1) with { Subscribers = [new("a", 1), new("b", 1)], Deliveries = [Due("a", 1), Due("b", 1)] },
            CancellationToken.None);
        await _ledger.CommitAsync(Page(1, 2) with { Cleared = ["a", "b"], Ended = ["b"] }, CancellationToken.None);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(await _ledger.ReadQueueAsync("a", 9, CancellationToken.None), Is.Empty);
            Assert.That(await _ledger.ReadQueueAsync("b", 9, CancellationToken.None), Is.Empty);
            Assert.That(await _ledger.CountEventsAsync("a", CancellationToken.None), Is.EqualTo(1));
            Assert.That(await _ledger.CountEventsAsync("b", CancellationToken.None), Is.Null);
        }
    }

    [Test]
    public async Task Misbehaviour_Set_IsReadBackAndStartsCountingAnew()
    {
        var wanted = new Misbehaviour { DropPercent = 5, Duplicates = true, ReorderPercent = 20, Seed = 42 };
        await _ledger.CommitAsync(
            Page(0, 1) with { Dropped = [Due("a", 1)], Duplicated = 4, Reordered = 2 }, CancellationToken.None);
        var before = await _ledger.ReportAsync(CancellationToken.None);
        await _ledger.SetMisbehaviourAsync(wanted, CancellationToken.None);
        var after = await _ledger.ReportAsync(CancellationToken.None);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(before.Dropped, Is.EqualTo(ImmutableArray.Create("Encounter/e1/_history/1")));
            Assert.That((before.Duplicated, before.Reordered), Is.EqualTo((4L, 2L)));
            Assert.That(await _ledger.ReadMisbehaviourAsync(CancellationToken.None), Is.EqualTo(wanted));
            Assert.That(after.Dropped, Is.Empty);
            Assert.That((after.Duplicated, after.Reordered), Is.EqualTo((0L, 0L)));
        }
    }

    [Test]
    public async Task Seal_ReadTwice_OpensWhatItSealed()
    {
        var text = (await _ledger.ReadSealAsync(CancellationToken.None)).Seal("http://h", "X", "secret");
        var opened = (await _ledger.ReadSealAsync(CancellationToken.None)).Open("http://h", "x", text);

        Assert.That(opened, Is.EqualTo("secret"));
    }

    private static RoutedPage Page(long before, long after) => new()
    {
        Before = before, After = after, Subscribers = [], Cleared = [], Ended = [], Deliveries = [], Dropped = [],
        Duplicated = 0, Reordered = 0,
    };

    private static Delivery Due(string subscription, long number) =>
        new(0, subscription, number, new ChangeKey("Encounter", $"e{number}", "1", IsDeleted: false, At),
            HeldUntil: null);
}

internal sealed class MemoryLedgerTests : LedgerContract
{
    protected override Task<IPublisherLedger> MakeAsync() => Task.FromResult<IPublisherLedger>(new MemoryLedger());
}

internal sealed class SqlLedgerTests : LedgerContract
{
    private TestDatabase? _database;

    [TearDown]
    public async Task DropDatabase()
    {
        if (_database is not null)
        {
            await _database.DisposeAsync();
        }
    }

    protected override async Task<IPublisherLedger> MakeAsync()
    {
        _database = await TestDatabase.CreateAsync();
        return new SqlLedger(_database.Source);
    }
}
