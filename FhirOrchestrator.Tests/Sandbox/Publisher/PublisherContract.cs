using System.Collections.Immutable;
using FhirOrchestrator.Fhir.Notifications;
using FhirOrchestrator.Sandbox;
using FhirOrchestrator.Sandbox.Publisher;
using FhirOrchestrator.Storage.Resources;
using FhirOrchestrator.Tests.Support;

namespace FhirOrchestrator.Tests.Sandbox.Publisher;

/// <summary>What the publisher does, end to end over HTTP, whatever records and ledger it works on.</summary>
internal abstract class PublisherContract
{
    private HookListener _hook = null!;
    private PublisherBed _bed = null!;

    protected abstract Task<(IRecords Records, IPublisherLedger Ledger)> MakeAsync();

    protected abstract Task DeleteAsync(string type, string id);

    [SetUp]
    public async Task SetUp()
    {
        var (records, ledger) = await MakeAsync();
        _hook = await HookListener.StartAsync();
        _bed = new PublisherBed(records, ledger, TimeProvider.System)
        {
            Settings = new PublisherSettings
            {
                BaseUrl = () => PublisherBed.BaseUrl,
                RetryDelayFirst = TimeSpan.FromMilliseconds(5),
                RetryDelayMax = TimeSpan.FromMilliseconds(20),
                AttemptsMax = 4,
                PollEvery = TimeSpan.FromMilliseconds(50),
            },
        };
        await _bed.StartAsync();
    }

    [TearDown]
    public async Task TearDown()
    {
        await _bed.DisposeAsync();
        await _hook.DisposeAsync();
    }

    [Test]
    public async Task Classic_WithPayload_PutsTheResourceWithTheHeader()
    {
        await _bed.SubmitAsync(SubscriptionJson.Classic(_hook.Url + "/hooks/t"));
        await _bed.WhenAsync("sub-1", "active");
        await _bed.WriteStayAsync("e1");

        var call = await _hook.NextAsync();
        using (Assert.EnterMultipleScope())
        {
            Assert.That($"{call.Method} {call.Path}", Is.EqualTo("PUT /hooks/t/Encounter/e1"));
            Assert.That(call.Headers["X-Secret"], Is.EqualTo("open"));
            Assert.That(call.Headers["Content-Type"], Is.EqualTo("application/fhir+json"));
            Assert.That(call.Resource?.Path, Is.EqualTo("Encounter/e1"));
            Assert.That(call.Resource?.VersionId, Is.EqualTo("1"));
        }
    }

    [Test]
    public async Task Classic_WithoutPayload_PostsNothing()
    {
        await _bed.SubmitAsync(SubscriptionJson.Classic(_hook.Url + "/hooks/t", hasPayload: false));
        await _bed.WriteStayAsync("e1");

        var call = await _hook.NextAsync();
        using (Assert.EnterMultipleScope())
        {
            Assert.That($"{call.Method} {call.Path}", Is.EqualTo("POST /hooks/t"));
            Assert.That(call.Body, Is.Empty);
            Assert.That(call.Headers["X-Secret"], Is.EqualTo("open"));
        }
    }

    [Test]
    public async Task Classic_EachEditWhileItMatches_IsToldAndNoOther()
    {
        await _bed.SubmitAsync(SubscriptionJson.Classic(_hook.Url, "Encounter?status=finished"));
        await _bed.WriteStayAsync("e1");
        await _bed.WriteStayAsync("e1", "finished");
        await _bed.WriteStayAsync("e1", "finished", patient: "p2");
        await _bed.WriteStayAsync("e1", "in-progress");
        await _bed.WriteStayAsync("e2", "finished");

        var told = (await _hook.NextAsync(3)).Select(each => $"{each.Resource?.Id}/{each.Resource?.VersionId}");
        Assert.That(string.Join(' ', told), Is.EqualTo("e1/2 e1/3 e2/1"));
    }

    [Test]
    public async Task Backport_EachContent_ShakesHandsThenTells(
        [Values("empty", "id-only", "full-resource")] string content)
    {
        var subscription = await _bed.SubmitAsync(SubscriptionJson.Topic(_hook.Url + "/hooks/t", content));
        var handshake = (await _hook.NextAsync()).Notification;
        await _bed.WhenAsync("sub-1", "active");
        await _bed.WriteStayAsync("e1");
        var call = await _hook.NextAsync();

        var told = call.Notification;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(subscription.Root.Text("status"), Is.EqualTo("requested"));
            Assert.That(handshake?.Type, Is.EqualTo(NotificationType.Handshake));
            Assert.That(handshake?.Status, Is.EqualTo("requested"));
            Assert.That(handshake?.EventsSinceStart, Is.Zero);
            Assert.That($"{call.Method} {call.Path}", Is.EqualTo("POST /hooks/t"));
            Assert.That(call.Headers["Authorization"], Is.EqualTo("Bearer t0ken"));
            Assert.That(call.Headers["X-Secret"], Is.EqualTo("a:b"));
            Assert.That(call.Headers["Content-Type"], Is.EqualTo("application/fhir+json"));
            Assert.That(told?.Type, Is.EqualTo(NotificationType.EventNotification));
            Assert.That(told?.Status, Is.EqualTo("active"));
            Assert.That(told?.SubscriptionId, Is.EqualTo("sub-1"));
            Assert.That(told?.Events.Single().Number, Is.EqualTo(1));
            Assert.That(told?.Events.Single().Focus?.Path, content == "empty" ? Is.Null : Is.EqualTo("Encounter/e1"));
            Assert.That(
                told?.Events.Single().Resource?.Path, content == "full-resource" ? Is.EqualTo("Encounter/e1") : Is.Null);
        }
    }

    [Test]
    public async Task Backport_FiltersInBothSyntaxes_AreAllApplied()
    {
        await _bed.SubmitAsync(SubscriptionJson.Topic(
            _hook.Url, "id-only", "Encounter?status=finished,onleave", "subject=Patient/p2"));
        await _bed.WriteStayAsync("e1", "finished", "p1");
        await _bed.WriteStayAsync("e2", "in-progress", "p2");
        await _bed.WriteStayAsync("e3", "finished", "p2");

        var calls = await _hook.NextAsync(2);
        Assert.That(calls[1].Notification?.Events.Single().Focus?.Path, Is.EqualTo("Encounter/e3"));
        Assert.That(calls[1].Notification?.Events.Single().Number, Is.EqualTo(1));
    }

    [Test]
    public async Task Backport_Deletion_IsTold()
    {
        await _bed.SubmitAsync(SubscriptionJson.Topic(_hook.Url, "full-resource", "status=in-progress"));
        await _bed.WriteStayAsync("e1");
        await _hook.NextAsync(2);
        await DeleteAsync("Encounter", "e1");
        _bed.Bell.Ring();

        var told = (await _hook.NextAsync()).Notification?.Events.Single();
        Assert.That(told, Has.Property("IsDeleted").True.And.Property("Version").EqualTo("2"));
    }

    [Test]
    public async Task Backport_HandshakeRefused_IsErrorUntilAskedAgainAndCountsOn()
    {
        _hook.Answer = number => number == 1 ? 503 : 200;
        await _bed.SubmitAsync(SubscriptionJson.Topic(_hook.Url, "id-only"));
        var failed = await _bed.WhenAsync("sub-1", "error");
        await _bed.WriteStayAsync("e1");
        var counted = await CountWhenAsync("sub-1", 1);
        await _bed.SubmitAsync(SubscriptionJson.Topic(_hook.Url, "id-only"), "sub-1");
        await _bed.WhenAsync("sub-1", "active");
        await _bed.WriteStayAsync("e2");

        var calls = await _hook.NextAsync(3);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(failed.Root.Text("error"), Is.EqualTo("handshake: expected 2xx from the endpoint, got 503"));
            Assert.That(counted, Is.EqualTo(1));
            Assert.That(calls[1].Notification?.Type, Is.EqualTo(NotificationType.Handshake));
            Assert.That(calls[1].Notification?.EventsSinceStart, Is.EqualTo(1));
            Assert.That(calls[2].Notification?.Events.Single().Number, Is.EqualTo(2));
            Assert.That(calls[2].Notification?.Events.Single().Focus?.Path, Is.EqualTo("Encounter/e2"));
        }
    }

    [Test]
    public async Task Delivery_FailsTwice_IsRepeatedAndHoldsTheOthersBack()
    {
        await _bed.SubmitAsync(SubscriptionJson.Classic(_hook.Url));
        await _bed.WhenAsync("sub-1", "active");
        _hook.Answer = number => number <= 2 ? 500 : 200;
        await _bed.WriteStayAsync("e1");
        await _bed.WriteStayAsync("e2");

        var told = (await _hook.NextAsync(4)).Select(each => each.Resource?.Id);
        Assert.That(string.Join(' ', told), Is.EqualTo("e1 e1 e1 e2"));
    }

    [Test]
    public async Task Delivery_FailsForGood_IsErrorWithReasonAndNothingMoreIsSent()
    {
        await _bed.SubmitAsync(SubscriptionJson.Classic(_hook.Url));
        await _bed.WhenAsync("sub-1", "active");
        _hook.Answer = _ => 404;
        await _bed.WriteStayAsync("e1");
        var failed = await _bed.WhenAsync("sub-1", "error");
        await CountWhenAsync("sub-1", 1);
        await _bed.WhenIdleAsync();
        await _bed.WriteStayAsync("e2");
        await CountWhenAsync("sub-1", 2);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                failed.Root.Text("error"), Is.EqualTo("expected 2xx from the endpoint, got 404, 4 times in a row"));
            Assert.That(_hook.Count, Is.EqualTo(4));
        }
    }

    [Test]
    public async Task Off_NothingIsToldAndQueueIsEmptied()
    {
        _hook.Answer = _ => 500;
        await _bed.SubmitAsync(SubscriptionJson.Classic(_hook.Url));
        var off = await _bed.SubmitAsync(
            SubscriptionJson.Classic(_hook.Url).Replace("requested", "off", StringComparison.Ordinal), "sub-1");
        await _bed.WriteStayAsync("e1");
        await _bed.WriteStayAsync("marker-behind-it");
        await _bed.SubmitAsync(SubscriptionJson.Classic(_hook.Url, "Encounter?_id=marker"));
        await _bed.WhenAsync("sub-2", "active");
        await _bed.WhenIdleAsync();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(off.Root.Text("status"), Is.EqualTo("off"));
            Assert.That(_hook.Count, Is.Zero);
            Assert.That(await _bed.Ledger.CountEventsAsync("sub-1", CancellationToken.None), Is.Zero);
        }
    }

    [Test]
    public async Task Headers_AsStored_AreSealed()
    {
        var stored = await _bed.SubmitAsync(SubscriptionJson.Topic(_hook.Url, "id-only"));

        Assert.That(stored.Root.ToString(), Does.Not.Contain("t0ken").And.Contain("Authorization: sealed."));
    }

    [Test]
    public async Task Restart_WithDeliveriesDue_ResumesWithoutLoss()
    {
        await _bed.SubmitAsync(SubscriptionJson.Topic(_hook.Url, "id-only"));
        await _hook.NextAsync();
        await _bed.WhenAsync("sub-1", "active");
        _hook.Answer = _ => 503;
        await _bed.WriteStayAsync("e1");
        await _hook.NextAsync();
        await _bed.StopAsync();
        await _bed.WriteStayAsync("e2");
        var before = _hook.Count;
        _hook.Answer = _ => 200;
        await _bed.WriteStayAsync("e3");
        await _bed.StartAsync();

        var wanted = new List<string>();
        while (wanted.Count < 3)
        {
            var told = (await _hook.NextAsync()).Notification?.Events.Single();
            if (told?.Number > wanted.Count)
            {
                wanted.Add($"{told.Number}:{told.Focus?.Id}");
            }
        }

        Assert.That(string.Join(' ', wanted), Is.EqualTo("1:e1 2:e2 3:e3"));
        Assert.That(before, Is.GreaterThan(1));
    }

    [Test]
    public async Task Misbehaviour_Drops_RecordsExactlyWhatWasNotSent()
    {
        await _bed.Ledger.SetMisbehaviourAsync(new Misbehaviour { DropPercent = 40, Seed = 7 }, CancellationToken.None);
        await _bed.SubmitAsync(SubscriptionJson.Classic(_hook.Url));
        for (var at = 1; at <= 30; at++)
        {
            await _bed.WriteStayAsync($"e{at}");
        }

        await CountWhenAsync("sub-1", 30);
        await _bed.WhenIdleAsync();
        var report = await _bed.Ledger.ReportAsync(CancellationToken.None);
        var sent = (await _hook.NextAsync(30 - report.Dropped.Length)).Select(each => each.Resource?.Id).ToHashSet();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(report.Dropped, Has.Length.InRange(5, 20));
            Assert.That(report.Dropped.All(each => !sent.Contains(each.Split('/')[1])), Is.True);
            Assert.That(_hook.Count, Is.EqualTo(30 - report.Dropped.Length));
        }
    }

    [Test]
    public async Task Misbehaviour_DuplicatesAndReorders_EverythingArrivesTwiceSomeLate()
    {
        await _bed.Ledger.SetMisbehaviourAsync(
            new Misbehaviour { Duplicates = true, ReorderPercent = 30, HoldMillisecondsMax = 200 }, CancellationToken.None);
        await _bed.SubmitAsync(SubscriptionJson.Classic(_hook.Url));
        for (var at = 1; at <= 20; at++)
        {
            await _bed.WriteStayAsync($"e{at}");
        }

        var told = (await _hook.NextAsync(40)).Select(each => each.Resource?.Id).ToList();
        var report = await _bed.Ledger.ReportAsync(CancellationToken.None);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(told.GroupBy(each => each).Select(each => each.Count()), Is.All.EqualTo(2));
            Assert.That(report.Duplicated, Is.EqualTo(20));
            Assert.That(report.Reordered, Is.InRange(1, 15));
            Assert.That(report.Dropped, Is.Empty);
        }
    }

    [Test]
    public async Task Status_OfOneAndOfMany_TellsStateAndCount()
    {
        await _bed.SubmitAsync(SubscriptionJson.Topic(_hook.Url, "id-only"));
        await _bed.SubmitAsync(SubscriptionJson.Classic(_hook.Url + "/dead", "Encounter?status=planned"));
        await _bed.WhenAsync("sub-1", "active");
        await _bed.WhenAsync("sub-2", "active");
        await _bed.WriteStayAsync("e1");
        await CountWhenAsync("sub-1", 1);

        var one = NotificationReader.ReadStatuses(
            (await _bed.Status.OfOneAsync("sub-1", CancellationToken.None))!).Single();
        var many = NotificationReader.ReadStatuses(await _bed.Status.OfManyAsync([], ["active"], CancellationToken.None));
        var none = NotificationReader.ReadStatuses(
            await _bed.Status.OfManyAsync(["sub-2"], ["error"], CancellationToken.None));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(one.Type, Is.EqualTo(NotificationType.QueryStatus));
            Assert.That(one.Status, Is.EqualTo("active"));
            Assert.That(one.EventsSinceStart, Is.EqualTo(1));
            Assert.That(one.Topic, Is.EqualTo(SubscriptionJson.EncounterTopic));
            Assert.That(many.Select(each => each.SubscriptionId), Is.EquivalentTo(ImmutableArray.Create("sub-1", "sub-2")));
            Assert.That(none, Is.Empty);
            Assert.That(await _bed.Status.OfOneAsync("sub-9", CancellationToken.None), Is.Null);
        }
    }

    private async Task<long?> CountWhenAsync(string id, long count)
    {
        using var guard = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (true)
        {
            var events = await _bed.Ledger.CountEventsAsync(id, guard.Token);
            if (events >= count)
            {
                return events;
            }

            await Task.Yield();
        }
    }
}

/// <summary>Over memory.</summary>
internal sealed class MemoryPublisherTests : PublisherContract
{
    private MemoryRecords? _records;

    protected override Task<(IRecords Records, IPublisherLedger Ledger)> MakeAsync()
    {
        _records = new MemoryRecords(TimeProvider.System);
        return Task.FromResult<(IRecords, IPublisherLedger)>((_records, new MemoryLedger()));
    }

    protected override Task DeleteAsync(string type, string id)
    {
        _records!.Delete(type, id);
        return Task.CompletedTask;
    }
}

/// <summary>Over PostgreSQL, as the sandbox runs.</summary>
internal sealed class SqlPublisherTests : PublisherContract
{
    private TestDatabase? _database;
    private ResourceStore? _store;

    [TearDown]
    public async Task DropDatabase()
    {
        if (_database is not null)
        {
            await _database.DisposeAsync();
        }
    }

    protected override async Task<(IRecords Records, IPublisherLedger Ledger)> MakeAsync()
    {
        _database = await TestDatabase.CreateAsync();
        _store = new ResourceStore(_database.Source, "sandbox");
        return (new StoreRecords(_store), new SqlLedger(_database.Source));
    }

    protected override Task DeleteAsync(string type, string id) =>
        _store!.WriteAsync([new ResourceWrite.Delete(type, id)], CancellationToken.None);
}
