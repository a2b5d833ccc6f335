using System.Collections.Immutable;
using FhirOrchestrator.Chains;
using FhirOrchestrator.Facts;
using FhirOrchestrator.Storage;

namespace FhirOrchestrator.Tests.Contracts;

/// <summary>What every chain store knows of how old the data of live chains is.</summary>
internal abstract class ChainAgesContract : StoreContract
{
    private static readonly CancellationToken Ct = CancellationToken.None;
    private static readonly TimeSpan Age = TimeSpan.FromMinutes(10);

    private IChainStore Store => World.Chains;

    [Test]
    public async Task FindStale_IsByTheOlderOfTriggerAndPatient_OldestFirst()
    {
        var now = await Store.NowAsync(Ct);
        await StartAsync("fresh", now - Age / 2, now);
        await StartAsync("old", now, now - Age * 2);
        await StartAsync("oldest", now - Age * 3, now - Age * 4);
        await StartAsync("input", now, now, ("practitioners", now - Age * 5));

        var stale = await FindAsync();

        Assert.That(stale.Select(each => each.Chain), Is.EqualTo([Samples.IdOf("oldest"), Samples.IdOf("old")]));
        Assert.That(stale[0].ReadAt, Is.EqualTo(now - Age * 4).Within(TimeSpan.FromMilliseconds(1)));
    }

    [Test]
    public async Task FindStale_TimePasses_BecomesStale()
    {
        var now = await Store.NowAsync(Ct);
        await StartAsync("k", now, now);

        var before = await FindAsync();
        await World.AdvanceAsync(Age + TimeSpan.FromSeconds(1));

        Assert.That(before, Is.Empty);
        Assert.That(await FindAsync(), Has.Length.EqualTo(1));
    }

    [Test]
    public async Task FindStale_EndedOrOfAnotherEhr_IsNotFound()
    {
        var chain = await Store.StartAsync("ended");
        await Store.ChangeAsync(Samples.Next(chain, new ChainCommand.End()));
        await Store.StartAsync("live");

        Assert.That((await FindAsync()).Select(each => each.Chain), Is.EqualTo([Samples.IdOf("live")]));
        Assert.That(await Store.FindStaleAsync(new EhrId("south"), Age, null, 10, Ct), Is.Empty);
    }

    [Test]
    public async Task FindStale_AfterAPlace_GoesOnThereAmongEquals()
    {
        foreach (var key in (string[])["a", "b", "c", "d", "e"])
        {
            await Store.StartAsync(key);
        }

        var all = await FindAsync();
        var paged = new List<StaleChain>();
        for (StaleChain? after = null; ;)
        {
            var page = await Store.FindStaleAsync(Samples.Ehr, Age, after, 2, Ct);
            if (page.IsEmpty)
            {
                break;
            }

            paged.AddRange(page);
            after = page[^1];
        }

        Assert.That(all, Has.Length.EqualTo(5));
        Assert.That(paged, Is.EqualTo(all));
    }

    [Test]
    public async Task NoteRead_SameVersion_MovesOnlyReadAt()
    {
        var now = await Store.NowAsync(Ct);
        var before = await StartAsync("k", now - Age * 2, now - Age * 2);

        await Store.NoteReadAsync(
            before.Id, [.. before.Dossier.Select(entry => entry with { ReadAt = now, Body = default })], Ct);
        var after = await Store.RequireAsync("k");

        Assert.Multiple(async () =>
        {
            Assert.That(
                after.Dossier.Select(entry => entry.ReadAt),
                Is.All.EqualTo(now).Within(TimeSpan.FromMilliseconds(1)));
            Assert.That(
                after.Dossier.Select(entry => entry.Body.Length),
                Is.EqualTo(before.Dossier.Select(entry => entry.Body.Length)));
            Assert.That(ChainJson.Write(after.State), Is.EqualTo(ChainJson.Write(before.State)));
            Assert.That(await FindAsync(), Is.Empty);
        });
    }

    [Test]
    public async Task NoteRead_OlderOrOfAnotherVersion_ChangesNothing()
    {
        var now = await Store.NowAsync(Ct);
        var before = await StartAsync("k", now - Age, now - Age);

        await Store.NoteReadAsync(before.Id, [before.Dossier[0] with { ReadAt = now - Age * 2 }], Ct);
        await Store.NoteReadAsync(before.Id, [before.Dossier[1] with { ReadAt = now, Version = "other" }], Ct);
        await Store.NoteReadAsync(before.Id, [], Ct);
        await Store.NoteReadAsync(Samples.IdOf("nobody"), [before.Dossier[0] with { ReadAt = now }], Ct);

        Assert.That(
            (await Store.RequireAsync("k")).Dossier.Select(entry => entry.ReadAt),
            Is.EqualTo(before.Dossier.Select(entry => entry.ReadAt)));
    }

    [Test]
    public async Task NoteRead_WhileAChangeIsUnderWay_NeitherWaitsNorIsLost()
    {
        var now = await Store.NowAsync(Ct);
        var before = await StartAsync("k", now - Age * 2, now - Age * 2);
        await using (var transaction = await Store.BeginAsync(before.Id, Ct))
        {
            await Store.NoteReadAsync(before.Id, [before.Dossier[0] with { ReadAt = now }], Ct);
        }

        Assert.That(
            (await Store.RequireAsync("k")).Dossier[0].ReadAt, Is.EqualTo(now).Within(TimeSpan.FromMilliseconds(1)));
    }

    private Task<ImmutableArray<StaleChain>> FindAsync() => Store.FindStaleAsync(Samples.Ehr, Age, null, 10, Ct);

    private async Task<ChainRecord> StartAsync(
        string key, DateTimeOffset trigger, DateTimeOffset patient,
        params (string Name, DateTimeOffset ReadAt)[] inputs)
    {
        var start = Samples.Start(key);
        var dossier = ImmutableArray.Create(
            Samples.Entry("trigger", "Encounter", "1", "1") with { ReadAt = trigger },
            Samples.Entry("patient", "Patient", "1", "1") with { ReadAt = patient });
        dossier = dossier.AddRange(
            inputs.Select(each => Samples.Entry(each.Name, "Practitioner", "1", "1") with { ReadAt = each.ReadAt }));
        Assert.That(await Store.ChangeAsync(start with { Chain = start.Chain with { Dossier = dossier } }), Is.True);
        return await Store.RequireAsync(key);
    }
}
