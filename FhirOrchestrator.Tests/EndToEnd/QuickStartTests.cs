using System.Diagnostics;
using System.Text.Json.Nodes;

namespace FhirOrchestrator.Tests.EndToEnd;

/// <summary>README's first command, by the built executable: no settings but a port and a folder of its own.</summary>
internal sealed class QuickStartTests
{
    private static readonly TimeSpan Expected = TimeSpan.FromSeconds(60);

    [Test]
    [CancelAfter(700_000)]
    public async Task Server_NoSettings_ATaskOfAPatientDischargedAfterTheStart(CancellationToken ct)
    {
        var started = Stopwatch.GetTimestamp();
        var startedAt = TimeProvider.System.GetUtcNow();
        await using var server = await ServerProcess.StartAsync();
        var ready = Stopwatch.GetElapsedTime(started);
        var ehr = new FhirClient(server.Http, new Uri(server.BaseUrl, "sandbox/fhir"));

        var task = await Eventually.SomeAsync(
            "a Task of a patient discharged after the start",
            Expected,
            async token => await FindTaskAsync(ehr, startedAt, token),
            () => server.Output);
        var stood = Stopwatch.GetElapsedTime(started);
        var name = await FamilyNameAsync(ehr, task, ct);
        var worklist = await server.Http.PageAsync("", ct);

        TestContext.Out.WriteLine(
            $"ready {ready.TotalSeconds:0.0} s after the start, the first Task after {stood.TotalSeconds:0.0} s");
        Assert.That(worklist, Does.Contain(name), "the worklist does not show the patient");
        Assert.That(await server.StopAsync(), Is.Zero, server.Output);
    }

    [Test]
    [CancelAfter(700_000)]
    public async Task Server_KilledAndStartedAgain_GoesOnWhereItStopped(CancellationToken ct)
    {
        var folder = Support.TestCluster.NewFolder();
        try
        {
            var startedAt = TimeProvider.System.GetUtcNow();
            string id;
            await using (var first = await ServerProcess.StartAsync(new ServerStart { DataFolder = folder }))
            {
                var ehr = new FhirClient(first.Http, new Uri(first.BaseUrl, "sandbox/fhir"));
                var task = await Eventually.SomeAsync(
                    "a Task of a patient discharged after the start",
                    Expected,
                    async token => await FindTaskAsync(ehr, startedAt, token),
                    () => first.Output);
                id = task["id"]!.GetValue<string>();
                await first.KillAsync();
            }

            await using var second = await ServerProcess.StartAsync(
                new ServerStart { DataFolder = folder, ReadyExpected = TimeSpan.FromSeconds(20) });
            var again = new FhirClient(second.Http, new Uri(second.BaseUrl, "sandbox/fhir"));
            var tasks = await again.SearchAsync("Task?_count=100", ct);

            Assert.That(tasks.Select(one => one["id"]!.GetValue<string>()), Has.Some.EqualTo(id));
            Assert.That(
                tasks.GroupBy(one => one["identifier"]?.ToJsonString()).Where(group => group.Count() > 1),
                Is.Empty,
                "two Tasks carry the same identifier");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>A Task whose encounter ended after the start, so that its discharge was announced, not found.</summary>
    private static async Task<JsonObject?> FindTaskAsync(FhirClient ehr, DateTimeOffset startedAt, CancellationToken ct)
    {
        foreach (var task in await ehr.SearchAsync("Task?status=requested&_count=100", ct))
        {
            if (task["encounter"]?["reference"]?.GetValue<string>() is { } reference
                && (await ehr.ReadAsync(reference, ct)).Body?["period"]?["end"]?.GetValue<DateTimeOffset>() >= startedAt)
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
