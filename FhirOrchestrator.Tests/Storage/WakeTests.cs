using FhirOrchestrator.Storage;
using FhirOrchestrator.Storage.Postgres;
using FhirOrchestrator.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace FhirOrchestrator.Tests.Storage;

internal sealed class WakeTests
{
    private static readonly TimeSpan HangGuard = TimeSpan.FromSeconds(30);
    private static readonly CancellationToken Ct = CancellationToken.None;

    [Test]
    public async Task Wait_RaisedBefore_ReturnsAtOnceAndOnce()
    {
        var board = new WakeBoard(TimeProvider.System);
        board.Raise(WakeKinds.Jobs | WakeKinds.Inbox);

        var first = board.WaitAsync(WakeKinds.Jobs, HangGuard, Ct);
        var second = board.WaitAsync(WakeKinds.Jobs, HangGuard, Ct);

        Assert.That(first.IsCompleted, Is.True);
        Assert.That(second.IsCompleted, Is.False);
        board.Raise(WakeKinds.Publish);
        Assert.That(second.IsCompleted, Is.False, "another kind");
        board.Raise(WakeKinds.Jobs);
        await second;
    }

    [Test]
    public async Task Wait_NeverRaised_EndsByItself() =>
        await new WakeBoard(TimeProvider.System).WaitAsync(WakeKinds.Jobs, TimeSpan.FromMilliseconds(1), Ct);

    [Test]
    public async Task Raise_AtOneReplica_WakesTheOther()
    {
        await using var database = await TestDatabase.CreateAsync();
        var here = new WakeBoard(TimeProvider.System);
        var there = new WakeBoard(TimeProvider.System);
        using var sender = new WakeListener(
            database.Source, here, TimeProvider.System, NullLogger<WakeListener>.Instance);
        using var receiver = new WakeListener(
            database.Source, there, TimeProvider.System, NullLogger<WakeListener>.Instance);
        await sender.StartAsync(Ct);
        await receiver.StartAsync(Ct);

        // Whoever begins to listen is told to look at everything: that signals that both listen.
        await here.WaitAsync(WakeKinds.Letters, HangGuard, Ct);
        await there.WaitAsync(WakeKinds.Letters, HangGuard, Ct);
        var hint = there.WaitAsync(WakeKinds.Letters, HangGuard, Ct);
        here.Raise(WakeKinds.Letters);
        var since = TimeProvider.System.GetTimestamp();
        await hint;
        TestContext.Out.WriteLine($"woken after {TimeProvider.System.GetElapsedTime(since).TotalMilliseconds:0.0} ms");

        Assert.That(TimeProvider.System.GetElapsedTime(since), Is.LessThan(HangGuard / 2), "a hint, not the polling");
        await sender.StopAsync(Ct);
        await receiver.StopAsync(Ct);
    }
}
