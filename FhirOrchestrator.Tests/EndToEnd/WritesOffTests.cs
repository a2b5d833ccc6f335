namespace FhirOrchestrator.Tests.EndToEnd;

/// <summary>A configured EHR of which nobody said that it may be written to.</summary>
internal sealed class WritesOffTests
{
    private const int People = 3;

    [Test]
    [CancelAfter(300_000)]
    public async Task Ehr_DefaultWrites_ChainsRunAndNothingIsWritten(CancellationToken ct)
    {
        await using var stage = await Stage.SetAsync(["city"], writes: null);
        await Chart.AdmitAsync(stage.Ehr, People, "Quiet", ct);
        for (var number = 1; number <= People; number++)
        {
            await Chart.DischargeAsync(stage.Ehr, $"e{number}", ct);
        }

        await Eventually.TrueAsync(
            "the worklist's items",
            TimeSpan.FromSeconds(5),
            async _ => await stage.CountAsync("work_item WHERE phase = 'waiting'") == People * 3
                && await stage.CountAsync("job") == 0,
            () => stage.Server.Output);
        var worklist = await stage.Server.Http.PageAsync("", ct);
        var withheld = await stage.CountAsync("written WHERE withheld AND length(body) > 0 AND id IS NULL");
        var sent = await stage.CountAsync("written WHERE NOT withheld");
        var tasks = await stage.Ehr.CountAsync("Task", ct);
        var communications = await stage.Ehr.CountAsync("Communication", ct);
        TestContext.Out.WriteLine(
            $"Writes not set: {await stage.CountAsync("chain")} chains, {withheld} effects kept as withheld, "
            + $"{sent} sent; {tasks} Tasks and {communications} Communications at the EHR");

        Assert.That(tasks + communications, Is.Zero);
        Assert.That(sent, Is.Zero);
        Assert.That(withheld, Is.EqualTo(People * 4), "three Tasks and a notice each");
        Assert.That(await stage.CountAsync("chain"), Is.EqualTo(People));
        for (var number = 1; number <= People; number++)
        {
            Assert.That(worklist, Does.Contain($"Quiet-{number}"));
        }
    }

    [Test]
    [CancelAfter(300_000)]
    public async Task Ehr_DefaultWritesAndWorkDoneInTheWorklist_ChainEndsAndNothingIsWritten(CancellationToken ct)
    {
        await using var stage = await Stage.SetAsync(["city"], writes: null);
        await Chart.AdmitAsync(stage.Ehr, 1, "Quiet", ct);
        await Chart.DischargeAsync(stage.Ehr, "e1", ct);
        await Eventually.TrueAsync(
            "the worklist's items",
            TimeSpan.FromSeconds(5),
            async _ => await stage.CountAsync("work_item WHERE phase = 'waiting'") == 3,
            () => stage.Server.Output);
        using var ann = new Browser(stage.Server, "Ann");
        await ann.IntroduceAsync();
        foreach (var (title, outcome) in ((string, string)[])
            [("Reconcile", "no-discrepancy"), ("Call the patient", "reached-well"), ("Book the", "declined")])
        {
            await ann.OpenAsync("Quiet-1", title);
            await ann.PressAsync("complete", ("output.outcome", outcome));
        }

        await Eventually.TrueAsync(
            "the chain to end",
            TimeSpan.FromSeconds(5),
            async _ => await stage.CountAsync("chain_done WHERE phase = 'completed'") == 1,
            () => stage.Server.Output);
        Assert.That(await stage.Ehr.CountAsync("Task", ct) + await stage.Ehr.CountAsync("Communication", ct), Is.Zero);
        Assert.That(await stage.CountAsync("written WHERE NOT withheld"), Is.Zero);
        TestContext.Out.WriteLine(
            $"a chain worked off in the worklist: {await stage.CountAsync("written")} effects withheld, 0 written");
    }
}
