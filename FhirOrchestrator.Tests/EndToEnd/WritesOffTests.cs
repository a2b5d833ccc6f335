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
            async _ => await stage.CountAsync("work_item WHERE phase = 'waiting'") == People * 4
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
        Assert.That(withheld, Is.EqualTo(People * 5), "three Tasks, a notice, the Task to send it");
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
        using var ann = new Browser(stage.Server, "Ann");
        await ann.IntroduceAsync();

        // The messages too are a person's to send: nothing here can say that the EHR did.
        await DoAllAsync(stage, ann, 4);
        await DoAllAsync(stage, ann, 1);
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

    private static async Task DoAllAsync(Stage stage, Browser person, int count)
    {
        await Eventually.TrueAsync(
            $"{count} items in the worklist",
            TimeSpan.FromSeconds(5),
            async _ => await stage.CountAsync("work_item WHERE phase = 'waiting'") == count,
            () => stage.Server.Output);
        for (var done = 0; done < count; done++)
        {
            await person.GoAsync("");
            await person.GoAsync(person.Page.QuerySelector("tbody tr a")!.GetAttribute("href")!);
            var title = person.Page.QuerySelector("h1")!.TextContent;
            (string, string)[] outcome = title switch
            {
                "Reconcile the medication" => [("output.outcome", "no-discrepancy")],
                "Call the patient" => [("output.outcome", "reached-well")],
                "Book the appointment with the general practitioner" => [("output.outcome", "declined")],
                _ => [],
            };
            await person.PressAsync("complete", outcome);
            Assert.That(person.IsRefused, Is.False, $"{title}: {person.Said}");
        }
    }
}
