using FhirOrchestrator.Tests.Support;

namespace FhirOrchestrator.Tests.EndToEnd;

/// <summary>An EHR that is not there.</summary>
internal sealed class EhrOutageTests
{
    [Test]
    [CancelAfter(300_000)]
    public async Task Server_EhrDownAtStart_StartsSaysSoAndWorksOnceItComes(CancellationToken ct)
    {
        await using var database = await TestDatabase.CreateAsync();
        var port = FreePort.Next();
        await using var server = await ServerProcess.StartAsync(new ServerStart
        {
            Settings = [.. Hospital.Connections(database), .. Hospital.Settings(0, "city", port)],
        });
        await Eventually.TrueAsync(
            "the worklist to say that the EHR does not answer",
            TimeSpan.FromSeconds(5),
            async token => (await server.Http.PageAsync("", token)).Contains("EHR city: ", StringComparison.Ordinal),
            () => server.Output);
        var notices = await database.ReadAsync<string>(
            "SELECT string_agg(DISTINCT problem, '; ') FROM orchestrator.registration");
        TestContext.Out.WriteLine($"while it is down: {notices}");
        Assert.That(server.IsRunning, Is.True);
        Assert.That(await server.Http.PageAsync("operations", ct), Does.Contain("city"));

        await using var hospital = await Hospital.OpenAsync("city", port);
        var opened = TimeProvider.System.GetTimestamp();
        await Stage.SubscribedAsync(server, 1, seconds: 30);
        TestContext.Out.WriteLine(
            $"all Subscriptions active {TimeProvider.System.GetElapsedTime(opened).TotalSeconds:0.0} s after it came");
        await Chart.AdmitAsync(hospital.Fhir, 1, "Late", ct);
        await Chart.DischargeAsync(hospital.Fhir, "e1", ct);
        var tasks = await Stage.TasksAsync(hospital.Fhir, "e1", 3, () => server.Output);

        Assert.That(tasks, Has.Length.EqualTo(3));
        await Eventually.TrueAsync(
            "the worklist to show the patient, and no notice any more",
            TimeSpan.FromSeconds(5),
            async token => await server.Http.PageAsync("", token) is var page
                && page.Contains("Late-1", StringComparison.Ordinal)
                && !page.Contains("EHR city: ", StringComparison.Ordinal),
            () => server.Output);
    }
}
