using System.Collections.Immutable;
using FhirOrchestrator.Chains;
using FhirOrchestrator.Facts;
using FhirOrchestrator.Storage;

namespace FhirOrchestrator.Tests.Contracts;

/// <summary>What every chain store does: chains, their keys, dossiers, waits, timers, incidents and effects.</summary>
internal abstract class ChainStoreContract : StoreContract
{
    private static readonly CancellationToken Ct = CancellationToken.None;

    private IChainStore Store => World.Chains;

    [Test]
    public async Task Save_NewChain_IsFoundAsItWas()
    {
        var saved = Samples.Start("k");
        await Store.ChangeAsync(saved);

        var found = await Store.RequireAsync("k");

        Assert.Multiple(() =>
        {
            Assert.That(ChainJson.Write(found.State), Is.EqualTo(ChainJson.Write(saved.Chain.State)));
            Assert.That(
                found with { State = saved.Chain.State, Dossier = [] }, Is.EqualTo(saved.Chain with { Dossier = [] }));
            Assert.That(found.Dossier, Has.Length.EqualTo(1));
            Assert.That(found.Dossier[0].Body.ToArray(), Is.EqualTo(saved.Chain.Dossier[0].Body.ToArray()));
            Assert.That(found.Dossier[0].ReadAt, Is.EqualTo(Samples.Long));
        });
    }

    [Test]
    public async Task Find_Unknown_IsNull() => Assert.That(await Store.FindAsync(Samples.IdOf("nobody"), Ct), Is.Null);

    [Test]
    public async Task Dispose_WithoutCommit_UndoesEverything()
    {
        await using (var transaction = await Store.BeginAsync(Samples.IdOf("k"), Ct))
        {
            var change = Samples.Start("k", Samples.Run(Samples.Call), new ChainCommand.Publish(1)) with
            {
                Waits = [new WaitKey("Encounter/1", "trigger")],
            };
            Assert.That(await transaction.SaveAsync(change, Ct), Is.True);
        }

        Assert.Multiple(async () =>
        {
            Assert.That(await Store.FindAsync(Samples.IdOf("k"), Ct), Is.Null);
            Assert.That(await Store.FindByKeyAsync(Samples.Plan.Url, Samples.Ehr, "k", Ct), Is.Null);
            Assert.That(await Store.ClaimJobsAsync(10, Samples.Lease, Ct), Is.Empty);
            Assert.That(await Store.ClaimPublishAsync(10, Samples.Lease, Ct), Is.Empty);
            Assert.That(await Store.FindWaitingAsync(Samples.Ehr, ["Encounter/1"], Ct), Is.Empty);
            Assert.That(await Store.ChangeAsync(Samples.Start("k")), Is.True);
        });
    }

    [Test]
    public async Task Save_KeyOfAnotherChain_IsRefused()
    {
        await Store.StartAsync("k");
        var other = Samples.Start("k");
        var twin = other with
        {
            Chain = other.Chain with { State = other.Chain.State with { Id = Samples.IdOf("other") } },
            Commands = [Samples.Run(Samples.Call)],
        };

        Assert.That(await Store.ChangeAsync(twin), Is.False);
        Assert.That(await Store.FindAsync(twin.Chain.Id, Ct), Is.Null);
        Assert.That(await Store.ClaimJobsAsync(10, Samples.Lease, Ct), Is.Empty);
    }

    [Test]
    public async Task Begin_AfterTheEnd_StillHasTheChainAndItsKey()
    {
        var chain = await Store.StartAsync("k");
        await Store.ChangeAsync(Samples.Next(chain, new ChainCommand.End()));

        await using var again = await Store.BeginAsync(Samples.IdOf("k"), Ct);

        Assert.That(again.Chain?.State.Phase, Is.EqualTo(ChainPhase.Completed));
        Assert.That(await Store.FindByKeyAsync(Samples.Plan.Url, Samples.Ehr, "k", Ct), Is.EqualTo(Samples.IdOf("k")));
    }

    [Test]
    public async Task Save_SameKeyAtAnotherEhr_IsAnotherChain()
    {
        await Store.StartAsync("k");
        var south = new EhrId("south");
        var change = Samples.Start("k");
        var id = ChainId.Of(Samples.Plan.Url, south.Value, "k");

        var saved = await Store.ChangeAsync(change with
        {
            Chain = change.Chain with { Ehr = south, State = change.Chain.State with { Id = id } },
        });

        Assert.That(saved, Is.True);
        Assert.That((await Store.FindAsync(id, Ct))?.Ehr, Is.EqualTo(south));
    }

    [Test]
    public async Task Save_RefusedChange_EndsTheTransaction()
    {
        await Store.StartAsync("k");
        var stranger = new JobLease(99, Samples.IdOf("k"), new Attempt(Samples.Call, 1, 1), 1, Samples.Ehr);
        await using var transaction = await Store.BeginAsync(Samples.IdOf("k"), Ct);
        var change = Samples.Next(transaction.Chain!) with { Finished = stranger };

        Assert.That(await transaction.SaveAsync(change, Ct), Is.False);
        await Assert.ThatAsync(() => transaction.CommitAsync(Ct), Throws.InvalidOperationException);
    }

    [Test]
    public async Task Save_OpenQuestionOrSkippedRevision_Throws()
    {
        var chain = await Store.StartAsync("k");
        var asking = Samples.Next(chain);
        asking = asking with
        {
            Chain = asking.Chain with { State = asking.Chain.State with { Asked = new Question([]) } },
        };
        var skipping = Samples.Next(chain) with
        {
            Events = [new LoggedEvent(7, new ChainEvent.Started(Samples.Long))],
        };

        await Assert.ThatAsync(() => Store.ChangeAsync(asking), Throws.InvalidOperationException);
        await Assert.ThatAsync(() => Store.ChangeAsync(skipping), Throws.InvalidOperationException);
    }

    [Test]
    public async Task Begin_TwentyChangesAtOnce_ComeOneAfterTheOther()
    {
        await Store.StartAsync("k");

        await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ =>
        {
            await using var transaction = await Store.BeginAsync(Samples.IdOf("k"), Ct);
            Assert.That(await transaction.SaveAsync(Samples.Next(transaction.Chain!), Ct), Is.True);
            await transaction.CommitAsync(Ct);
        }));

        Assert.That((await Store.RequireAsync("k")).State.Revision, Is.EqualTo(21));
    }

    [Test]
    public async Task Begin_TwentyStartsAtOnce_StartOne()
    {
        var started = 0;

        await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ =>
        {
            await using var transaction = await Store.BeginAsync(Samples.IdOf("k"), Ct);
            if (transaction.Chain is null && await transaction.SaveAsync(Samples.Start("k"), Ct))
            {
                await transaction.CommitAsync(Ct);
                Interlocked.Increment(ref started);
            }
        }));

        Assert.That(started, Is.EqualTo(1));
    }

    [Test]
    public async Task Save_SeveralChangesOfOneTransaction_AreAllThere()
    {
        await using (var transaction = await Store.BeginAsync(Samples.IdOf("k"), Ct))
        {
            await transaction.SaveAsync(Samples.Start("k"), Ct);
            await transaction.SaveAsync(Samples.Next(transaction.Chain!, Samples.Run(Samples.Call)), Ct);
            await transaction.CommitAsync(Ct);
        }

        Assert.That((await Store.RequireAsync("k")).State.Revision, Is.EqualTo(2));
        Assert.That(await Store.ClaimJobsAsync(10, Samples.Lease, Ct), Has.Length.EqualTo(1));
    }

    [Test]
    public async Task Save_OtherDossier_ReplacesIt()
    {
        var chain = await Store.StartAsync("k");
        var two = Samples.Next(chain);
        two = two with
        {
            Chain = two.Chain with
            {
                Dossier =
                [
                    Samples.Entry("trigger", "Encounter", "1", "2"), Samples.Entry("patient", "Patient", "1", "1"),
                ],
            },
        };
        await Store.ChangeAsync(two);
        var after = await Store.RequireAsync("k");
        var gone = Samples.Next(after);
        gone = gone with
        {
            Chain = gone.Chain with { Dossier = [after.Dossier[1] with { Body = ReadOnlyMemory<byte>.Empty }] },
        };
        await Store.ChangeAsync(gone);

        var last = await Store.RequireAsync("k");

        Assert.That(after.Dossier.Select(d => d.Name + d.Version), Is.EqualTo(["trigger2", "patient1"]));
        Assert.That(last.Dossier.Select(d => (d.Name, d.Body.Length)), Is.EqualTo([("patient", 0)]));
    }

    [Test]
    public async Task Waits_AreReplacedKeptAndRemovedAtTheEnd()
    {
        var chain = await Store.StartAsync("k");
        await Store.ChangeAsync(Samples.Next(chain) with
        {
            Waits =
            [
                new WaitKey("Encounter/1", "trigger"), new WaitKey("Appointment.basedOn=ServiceRequest/1", "booking"),
            ],
        });
        var first = await FindAsync("Encounter/1", "Appointment.basedOn=ServiceRequest/1");
        await Store.ChangeAsync(Samples.Next(await Store.RequireAsync("k")));
        var kept = await FindAsync("Encounter/1");
        await Store.ChangeAsync(
            Samples.Next(await Store.RequireAsync("k")) with { Waits = [new WaitKey("Patient/1", "patient")] });
        var replaced = await FindAsync("Encounter/1", "Patient/1");
        await Store.ChangeAsync(Samples.Next(await Store.RequireAsync("k"), new ChainCommand.End()));
        var ended = await FindAsync("Patient/1");

        Assert.Multiple(async () =>
        {
            Assert.That(first.Select(w => w.Name), Is.EquivalentTo(["trigger", "booking"]));
            Assert.That(first.Select(w => w.Package).Distinct(), Is.EqualTo(["follow-up"]));
            Assert.That(kept, Has.Length.EqualTo(1));
            Assert.That(replaced.Select(w => w.Name), Is.EqualTo(["patient"]));
            Assert.That(ended, Is.Empty);
            Assert.That(await Store.FindWaitingAsync(new EhrId("south"), ["Patient/1"], Ct), Is.Empty);
        });

        Task<ImmutableArray<WaitMatch>> FindAsync(params string[] correlations) =>
            Store.FindWaitingAsync(Samples.Ehr, [.. correlations], Ct);
    }

    [Test]
    public async Task Timer_ComesDueOnceItsTimeHasCome_AndGoesWhenFired()
    {
        var now = await Store.NowAsync(Ct);
        var due = new ChainCommand.SetTimer(Samples.Call, TimerKind.Deadline, now + TimeSpan.FromDays(14));
        var chain = await Store.StartAsync("k", due);

        Assert.That(await Store.FindDueTimersAsync(10, Ct), Is.Empty);
        await World.AdvanceAsync(TimeSpan.FromDays(15));
        var fired = await Store.FindDueTimersAsync(10, Ct);
        Assert.That(
            fired.Select(t => (t.Chain, t.Step, t.Kind)), Is.EqualTo([(chain.Id, Samples.Call, TimerKind.Deadline)]));
        Assert.That(await Store.FindDueTimersAsync(10, Ct), Has.Length.EqualTo(1), "it stays until a change fires it");

        await Store.ChangeAsync(Samples.Next(
            chain, new ChainEvent.TimerFired(fired[0].DueAt, Samples.Call, TimerKind.Deadline)));

        Assert.That(await Store.FindDueTimersAsync(10, Ct), Is.Empty);
    }

    [Test]
    public async Task Timer_SetAgainClearedOrEnded_Goes()
    {
        var past = new ChainCommand.SetTimer(Samples.Call, TimerKind.Deadline, Samples.Long);
        var cleared = await Store.StartAsync("cleared", past);
        await Store.ChangeAsync(Samples.Next(cleared, new ChainCommand.ClearTimers(Samples.Call)));
        var ended = await Store.StartAsync("ended", past);
        await Store.ChangeAsync(Samples.Next(ended, new ChainCommand.End()));
        var later = await Store.StartAsync("later", past);
        var now = await Store.NowAsync(Ct);
        await Store.ChangeAsync(Samples.Next(later, past with { At = now + TimeSpan.FromHours(1) }));

        Assert.That(await Store.FindDueTimersAsync(10, Ct), Is.Empty);
    }

    [Test]
    public async Task Incidents_OpenOnceAndCloseByStep()
    {
        var mine = new ChainCommand.OpenIncident(Samples.Call, new Code("s", "failed", "It failed"));
        var whole = new ChainCommand.OpenIncident(null, new Code("s", "held"));
        var chain = await Store.StartAsync("k", mine, whole);
        await Store.ChangeAsync(Samples.Next(chain, mine));
        var open = (await Store.RequireAsync("k")).Incidents;
        await Store.ChangeAsync(Samples.Next(await Store.RequireAsync("k"), new ChainCommand.CloseIncidents(null)));
        var left = (await Store.RequireAsync("k")).Incidents;

        Assert.That(open.Select(i => i.Reason.Value), Is.EqualTo(["failed", "held"]));
        Assert.That(left.Select(i => (i.Step, i.Reason)), Is.EqualTo([((StepName?)Samples.Call, mine.Reason)]));
    }

    [Test]
    public async Task Save_AfterTheEnd_MayOpenAnIncident()
    {
        var chain = await Store.StartAsync("k");
        await Store.ChangeAsync(Samples.Next(chain, new ChainCommand.End()));
        var reopened = new ChainCommand.OpenIncident(Samples.Call, new Code("s", "task-reopened"));

        var saved = await Store.ChangeAsync(Samples.Next(await Store.RequireAsync("k"), reopened));
        var found = await Store.RequireAsync("k");

        Assert.That(saved, Is.True);
        Assert.That((found.State.Revision, found.State.Phase), Is.EqualTo((3L, ChainPhase.Completed)));
        Assert.That(found.Incidents.Select(i => i.Reason.Value), Is.EqualTo(["task-reopened"]));
    }

    [Test]
    public async Task Intend_Again_ReturnsTheFirst()
    {
        await Store.StartAsync("k");
        var effect = Samples.Effect("k", Samples.Call);
        var first = await Store.IntendAsync(effect, Ct);
        var again = await Store.IntendAsync(effect with { ContentHash = "second" }, Ct);

        Assert.That((first.ContentHash, first.Id), Is.EqualTo(("first", (string?)null)));
        Assert.That(again.ContentHash, Is.EqualTo("first"));
    }

    [Test]
    public async Task Settle_IntendedEffect_IsFoundByItsResource()
    {
        await Store.StartAsync("k");
        var effect = await Store.IntendAsync(Samples.Effect("k", Samples.Call), Ct);
        await Store.IntendAsync(Samples.Effect("k", Samples.Letter) with { Withheld = true }, Ct);
        await Store.SettleAsync(effect with { Id = "77", Version = "3", ContentHash = "sent" }, Ct);

        var found = await Store.FindWrittenAsync(new ResourceKey(Samples.Ehr, "Task", "77"), Ct);
        var all = await Store.FindWrittenAsync(Samples.IdOf("k"), Ct);

        Assert.Multiple(async () =>
        {
            Assert.That((found?.Chain, found?.Step, found?.Version, found?.ContentHash), Is.EqualTo(
                ((ChainId?)Samples.IdOf("k"), (StepName?)Samples.Call, "3", "sent")));
            Assert.That(all.Select(w => (w.Step, w.Id, w.Withheld)), Is.EqualTo(
                [(Samples.Call, "77", false), (Samples.Letter, (string?)null, true)]));
            Assert.That(await Store.FindWrittenAsync(new ResourceKey(new EhrId("south"), "Task", "77"), Ct), Is.Null);
        });
    }

    [Test]
    public async Task Settle_NeverIntended_Throws() => await Assert.ThatAsync(
        () => Store.SettleAsync(Samples.Effect("k", Samples.Call), Ct), Throws.InvalidOperationException);
}
