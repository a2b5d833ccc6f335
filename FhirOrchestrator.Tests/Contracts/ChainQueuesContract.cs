using System.Collections.Immutable;
using FhirOrchestrator.Chains;
using FhirOrchestrator.Storage;

namespace FhirOrchestrator.Tests.Contracts;

/// <summary>What every chain store does: jobs, publications and letters, claimed by one and fenced.</summary>
internal abstract class ChainQueuesContract : StoreContract
{
    private static readonly CancellationToken Ct = CancellationToken.None;
    private static readonly TimeSpan PastLease = Samples.Lease * 2;

    private IChainStore Store => World.Chains;

    // A Task whose creation was lost may show when its chain has long ended: it must be found and closed.
    [Test]
    public async Task Publish_OfAnEndedChainWithoutAnEvent_IsQueued()
    {
        var chain = await Store.StartAsync("k");
        await Store.ChangeAsync(Samples.Next(chain, new ChainCommand.End()));
        var ended = await Store.RequireAsync("k");

        var saved = await Store.ChangeAsync(new ChainChange
        {
            Chain = ended,
            Events = [],
            Commands = [new ChainCommand.Publish(ended.State.Revision)],
            WorkItems = [],
        });

        Assert.That(saved, Is.True);
        Assert.That(
            (await Store.ClaimPublishAsync(10, Samples.Lease, Ct)).Select(p => p.Chain), Is.EqualTo([ended.Id]));
    }

    [Test]
    public async Task Job_IsClaimedByOneAndFinishedWithTheChange()
    {
        var chain = await Store.StartAsync("k", Samples.Run(Samples.Call));
        var mine = await ClaimJobsAsync();
        var nothing = await ClaimJobsAsync();

        var saved = await Store.ChangeAsync(Samples.Next(chain) with { Finished = mine[0] });
        await World.AdvanceAsync(PastLease);

        Assert.Multiple(async () =>
        {
            Assert.That(
                mine.Select(j => (j.Chain, j.Attempt)), Is.EqualTo([(chain.Id, new Attempt(Samples.Call, 1, 1))]));
            Assert.That(nothing, Is.Empty);
            Assert.That(saved, Is.True);
            Assert.That(await ClaimJobsAsync(), Is.Empty);
        });
    }

    [Test]
    public async Task Job_ZombieAfterItsLease_FinishesNothing()
    {
        var chain = await Store.StartAsync("k", Samples.Run(Samples.Call));
        var zombie = (await ClaimJobsAsync())[0];
        await World.AdvanceAsync(PastLease);
        var heir = (await ClaimJobsAsync())[0];
        var late = Samples.Next(chain, Samples.Run(Samples.Letter)) with { Finished = zombie };

        var stale = await Store.ChangeAsync(late);
        var unchanged = await Store.RequireAsync("k");
        var saved = await Store.ChangeAsync(Samples.Next(unchanged) with { Finished = heir });
        var twice = await Store.ChangeAsync(Samples.Next(await Store.RequireAsync("k")) with { Finished = heir });

        Assert.Multiple(async () =>
        {
            Assert.That(heir.Epoch, Is.GreaterThan(zombie.Epoch));
            Assert.That(stale, Is.False);
            Assert.That(unchanged.State.Revision, Is.EqualTo(1));
            Assert.That(saved, Is.True);
            Assert.That(twice, Is.False);
            Assert.That(await ClaimJobsAsync(), Is.Empty);
        });
    }

    [Test]
    public async Task Job_Refused_StaysClaimable()
    {
        var chain = await Store.StartAsync("k", Samples.Run(Samples.Call));
        var lease = (await ClaimJobsAsync())[0];
        await using (var dropped = await Store.BeginAsync(chain.Id, Ct))
        {
            await dropped.SaveAsync(Samples.Next(chain) with { Finished = lease }, Ct);
        }

        Assert.That(await Store.ChangeAsync(Samples.Next(chain) with { Finished = lease }), Is.True);
    }

    [Test]
    public async Task Job_OfLater_WaitsForItsTime()
    {
        var now = await Store.NowAsync(Ct);
        await Store.StartAsync("k", Samples.Run(Samples.Call, now + TimeSpan.FromHours(1)));

        Assert.That(await ClaimJobsAsync(), Is.Empty);
        await World.AdvanceAsync(TimeSpan.FromHours(2));
        Assert.That(await ClaimJobsAsync(), Has.Length.EqualTo(1));
    }

    [Test]
    public async Task Job_Withdrawn_IsGone()
    {
        var chain = await Store.StartAsync("k", Samples.Run(Samples.Call), Samples.Run(Samples.Letter));
        await Store.ChangeAsync(Samples.Next(chain, new ChainCommand.WithdrawStep(Samples.Call)));

        Assert.That((await ClaimJobsAsync()).Select(j => j.Attempt.Step), Is.EqualTo([Samples.Letter]));
    }

    [Test]
    public async Task Jobs_UrgentOnesFirst()
    {
        await Store.StartAsync("routine", Samples.Run(Samples.Call));
        await Store.ChangeAsync(Samples.Start("stat", Samples.Run(Samples.Call, Samples.Long.AddDays(1))) with
        {
            WorkItems = [Samples.Item("stat", Samples.Call, "stat")],
        });

        var first = await Store.ClaimJobsAsync(1, Samples.Lease, Ct);

        Assert.That(first.Select(j => j.Chain), Is.EqualTo([Samples.IdOf("stat")]));
    }

    [Test]
    public async Task Jobs_ManyClaimers_EachJobOnce()
    {
        for (var i = 0; i < 10; i++)
        {
            await Store.StartAsync($"k{i}", Samples.Run(Samples.Call));
        }

        var claimed = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(_ => Store.ClaimJobsAsync(3, Samples.Lease, Ct)));

        var jobs = claimed.SelectMany(c => c).Select(j => j.Job).ToList();
        Assert.That(jobs, Is.Unique);
        Assert.That(jobs, Has.Count.EqualTo(10));
    }

    [Test]
    public async Task Publish_ManyChanges_AreOneRow()
    {
        var chain = await Store.StartAsync("k", new ChainCommand.Publish(1));
        await Store.ChangeAsync(Samples.Next(chain, new ChainCommand.Publish(2)));

        var leases = await ClaimPublishAsync();
        await Store.FinishPublishAsync(leases[0], Ct);
        await World.AdvanceAsync(PastLease);

        Assert.That(leases.Select(l => (l.Chain, l.Revision)), Is.EqualTo([(chain.Id, 2L)]));
        Assert.That(await ClaimPublishAsync(), Is.Empty);
    }

    [Test]
    public async Task Publish_ChangedMeanwhile_StaysQueued()
    {
        var chain = await Store.StartAsync("k", new ChainCommand.Publish(1));
        var lease = (await ClaimPublishAsync())[0];
        await Store.ChangeAsync(Samples.Next(chain, new ChainCommand.Publish(2)));
        var meanwhile = await ClaimPublishAsync();
        await Store.FinishPublishAsync(lease, Ct);

        var next = await ClaimPublishAsync();

        Assert.That(meanwhile, Is.Empty, "one publisher a chain");
        Assert.That(next.Select(l => (l.Revision, l.Attempts)), Is.EqualTo([(2L, 1)]));
    }

    [Test]
    public async Task Publish_ZombieAfterItsLease_FinishesNothing()
    {
        await Store.StartAsync("k", new ChainCommand.Publish(1));
        var zombie = (await ClaimPublishAsync())[0];
        await World.AdvanceAsync(PastLease);
        var heir = (await ClaimPublishAsync())[0];

        await Store.FinishPublishAsync(zombie, Ct);
        await Store.RetryPublishAsync(zombie, TimeSpan.Zero, "late", Ct);
        var meanwhile = await ClaimPublishAsync();
        await World.AdvanceAsync(PastLease);
        var again = await ClaimPublishAsync();

        Assert.That(heir.Epoch, Is.GreaterThan(zombie.Epoch));
        Assert.That(meanwhile, Is.Empty);
        Assert.That(again, Has.Length.EqualTo(1));
    }

    [Test]
    public async Task Publish_GivenBack_WaitsForItsDelay()
    {
        var chain = await Store.StartAsync("k", new ChainCommand.Publish(1));
        await Store.RetryPublishAsync((await ClaimPublishAsync())[0], TimeSpan.FromMinutes(5), "unavailable", Ct);
        await Store.ChangeAsync(Samples.Next(chain, new ChainCommand.Publish(2)));

        Assert.That(await ClaimPublishAsync(), Is.Empty, "a change does not cut short the pause that an EHR asked for");
        await World.AdvanceAsync(TimeSpan.FromMinutes(6));
        var again = await ClaimPublishAsync();
        Assert.That(again.Select(l => (l.Revision, l.Attempts)), Is.EqualTo([(2L, 2)]));
    }

    [Test]
    public async Task Letters_OfOneChain_NeverAtOnceAndInOrder()
    {
        await Store.StartAsync("a");
        await Store.StartAsync("b");
        var first = await PostAsync("a");
        var second = await PostAsync("a");
        var other = await PostAsync("b");

        var claimed = await ClaimLettersAsync();
        var meanwhile = await ClaimLettersAsync();
        await Store.FinishLetterAsync(first, Verdict.Ignored, "it changes nothing", Ct);
        var next = await ClaimLettersAsync();

        Assert.Multiple(async () =>
        {
            Assert.That(claimed.Select(l => l.Number), Is.EqualTo([first, other]));
            Assert.That(claimed[0].Happened, Is.EqualTo(Cancelled()));
            Assert.That(meanwhile, Is.Empty);
            Assert.That(next.Select(l => l.Number), Is.EqualTo([second]));
            Assert.That(await Store.FindLetterOutcomeAsync(first, Ct), Is.EqualTo(
                new LetterOutcome(Verdict.Ignored, "it changes nothing")));
            Assert.That(await Store.FindLetterOutcomeAsync(second, Ct), Is.Null);
        });
    }

    [Test]
    public async Task Letter_AnsweredByAChange_IsAppliedOnce()
    {
        var chain = await Store.StartAsync("k");
        var number = await PostAsync("k");
        await ClaimLettersAsync();
        await World.AdvanceAsync(PastLease);
        var again = await ClaimLettersAsync();

        var saved = await Store.ChangeAsync(Samples.Next(chain) with { Letter = number });
        var zombie = await Store.ChangeAsync(Samples.Next(await Store.RequireAsync("k")) with { Letter = number });
        await Store.FinishLetterAsync(number, Verdict.Refused, "late", Ct);

        Assert.Multiple(async () =>
        {
            Assert.That(
                again.Select(l => l.Number), Is.EqualTo([number]), "a lease that ran out is given to somebody else");
            Assert.That(saved, Is.True);
            Assert.That(zombie, Is.False);
            Assert.That(
                await Store.FindLetterOutcomeAsync(number, Ct), Is.EqualTo(new LetterOutcome(Verdict.Applied, null)));
        });
    }

    [Test]
    public async Task Letters_ManyClaimers_NeverTwoOfOneChain()
    {
        await Store.StartAsync("k");
        for (var i = 0; i < 10; i++)
        {
            await PostAsync("k");
        }

        var claimed = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(_ => Store.ClaimLettersAsync(5, Samples.Lease, Ct)));

        Assert.That(claimed.Sum(c => c.Length), Is.EqualTo(1));
    }

    private static ChainEvent.Decided Cancelled() =>
        new(Samples.Long, new Decision.Cancel(), new Actor("Practitioner/1", "Ann"), "because");

    private Task<long> PostAsync(string key) => Store.PostAsync(Samples.IdOf(key), Cancelled(), Ct);

    private Task<ImmutableArray<JobLease>> ClaimJobsAsync() => Store.ClaimJobsAsync(10, Samples.Lease, Ct);

    private Task<ImmutableArray<PublishLease>> ClaimPublishAsync() => Store.ClaimPublishAsync(10, Samples.Lease, Ct);

    private Task<ImmutableArray<Letter>> ClaimLettersAsync() => Store.ClaimLettersAsync(10, Samples.Lease, Ct);
}
