using System.Diagnostics;
using System.Text.Json.Nodes;

namespace FhirOrchestrator.Tests.EndToEnd;

/// <summary>README's first command, by the built executable: no settings but a port and a folder of its own.</summary>
internal sealed class QuickStartTests
{
    private static readonly TimeSpan Expected = TimeSpan.FromSeconds(60);

    /// <summary>
    /// One story, because its parts are the way there: a Task within a minute, kill -9, a second start that goes on,
    /// and a clean end.
    /// </summary>
    [Test]
    [CancelAfter(700_000)]
    public async Task Server_NoSettings_TaskStandsAndSurvivesKillAndStopsCleanly(CancellationToken ct)
    {
        var folder = Support.TestCluster.NewFolder();
        try
        {
            var (id, name, end) = await FirstStartAsync(folder, ct);
            await SecondStartAsync(folder, id, name, end, ct);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<(string Id, string Name, int Postmaster)> FirstStartAsync(
        string folder, CancellationToken ct)
    {
        var started = Stopwatch.GetTimestamp();
        var startedAt = TimeProvider.System.GetUtcNow();
        await using var server = await ServerProcess.StartAsync(new ServerStart { DataFolder = folder });
        var ready = Stopwatch.GetElapsedTime(started);
        var ehr = Ehr(server);
        var task = await Eventually.SomeAsync(
            "a Task of a patient discharged after the start",
            Expected,
            async token => await FindTaskAsync(ehr, startedAt, token),
            () => server.Output);
        var name = await FamilyNameAsync(ehr, task, ct);
        await Eventually.TrueAsync(
            "the worklist to show the patient",
            TimeSpan.FromSeconds(5),
            async token => (await server.Http.PageAsync("", token)).Contains(name, StringComparison.Ordinal),
            () => server.Output);
        var stood = Stopwatch.GetElapsedTime(started);
        TestContext.Out.WriteLine(
            $"ready {ready.TotalSeconds:0.0} s after the start, "
            + $"the first Task in the worklist after {stood.TotalSeconds:0.0} s");
        var notified = await new OwnCluster(folder).ReadAsync<long>(
            "SELECT count(*) FROM orchestrator.chain WHERE started_by = 'notification'", ct);
        TestContext.Out.WriteLine($"{notified} chains started through /hooks");
        Assert.That(notified, Is.Positive, "no chain was started by a notification");
        Assert.That(stood, Is.LessThan(Expected * 10), "a hang guard: the issue asks for 60 s");

        var postmaster = new OwnCluster(folder).Postmaster;
        Assert.That(postmaster, Is.Not.Null, "no private PostgreSQL");
        await server.KillAsync();
        return (task["id"]!.GetValue<string>(), name, postmaster!.Value);
    }

    private static async Task SecondStartAsync(
        string folder, string id, string name, int oldPostmaster, CancellationToken ct)
    {
        var started = Stopwatch.GetTimestamp();
        await using var server = await ServerProcess.StartAsync(
            new ServerStart { DataFolder = folder, ReadyExpected = TimeSpan.FromSeconds(20) });
        TestContext.Out.WriteLine(
            $"ready again {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s after kill -9 and a second start");
        Assert.That(OwnCluster.IsRunning(oldPostmaster), Is.False, "the killed server's PostgreSQL still runs");
        var ehr = Ehr(server);
        var tasks = await ehr.SearchAsync("Task?_count=100", ct);
        Assert.That(tasks.Select(one => one["id"]!.GetValue<string>()), Has.Some.EqualTo(id));
        Assert.That(
            tasks.GroupBy(one => one["identifier"]?.ToJsonString()).Where(group => group.Count() > 1),
            Is.Empty,
            "two Tasks carry the same identifier");
        Assert.That(await server.Http.PageAsync("", ct), Does.Contain(name), "the worklist lost the patient");

        // It goes on: what a person does at the EHR now still moves the chain.
        var (chain, step, _) = Chart.Origin(tasks.Single(one => one["id"]!.GetValue<string>() == id));
        await ehr.ChangeAsync($"Task/{id}", task => task["status"] = "cancelled", ct);
        await Eventually.TrueAsync(
            "the chain to take in what was done at the EHR",
            TimeSpan.FromSeconds(10),
            async token => await new OwnCluster(folder).ReadAsync<long>(
                $"""
                SELECT count(*) FROM orchestrator.work_item
                WHERE chain = '{chain}' AND step = '{step}' AND phase = 'waiting'
                """,
                token) == 0,
            () => server.Output);

        var postmaster = new OwnCluster(folder).Postmaster;
        Assert.That(await server.StopAsync(), Is.Zero, server.Output);
        Assert.That(OwnCluster.IsRunning(postmaster!.Value), Is.False, "Ctrl-C left PostgreSQL behind");
        Assert.That(server.Output, Does.Not.Contain("fail: ").And.Not.Contain("crit: "));
    }

    private static FhirClient Ehr(ServerProcess server) => new(server.Http, new Uri(server.BaseUrl, "sandbox/fhir"));

    /// <summary>A Task whose encounter ended after the start, so that its discharge was announced, not found.</summary>
    private static async Task<JsonObject?> FindTaskAsync(FhirClient ehr, DateTimeOffset startedAt, CancellationToken ct)
    {
        foreach (var task in await ehr.SearchAsync("Task?status=requested&_count=100", ct))
        {
            if (task["encounter"]?["reference"]?.GetValue<string>() is { } reference
                && (await ehr.ReadAsync(reference, ct)).Body?["period"]?["end"] is { } end
                && end.GetValue<DateTimeOffset>() >= startedAt)
            {
                return task;
            }
        }

        return null;
    }

    private static async Task<string> FamilyNameAsync(FhirClient ehr, JsonObject task, CancellationToken ct)
    {
        var reference = task["for"]?["reference"]?.GetValue<string>()
            ?? throw new AssertionException("expected Task.for, got none");
        var patient = (await ehr.ReadAsync(reference, ct)).Expect();
        return patient["name"]?[0]?["family"]?.GetValue<string>()
            ?? throw new AssertionException("expected a Patient with a family name, got none");
    }
}
