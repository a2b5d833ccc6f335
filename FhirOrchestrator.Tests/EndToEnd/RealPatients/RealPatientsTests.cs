using System.Diagnostics;

namespace FhirOrchestrator.Tests.EndToEnd.RealPatients;

/// <summary>
/// The whole way on real patients: built executable, the sandbox as a second process, PostgreSQL, HTTP.
/// </summary>
internal sealed class RealPatientsTests
{
    private const string DischargePlan = "https://fhirorchestrator.dev/fhir/PlanDefinition/discharge-follow-up";

    [Test]
    [CancelAfter(1_800_000)]
    public async Task Discharges_OfAHundredPatients_OneChainEachWithTasksAndClosingMessages(CancellationToken ct)
    {
        await using var pair = await HospitalPair.StartAsync(new PairSetup());
        await pair.Fhir.UpdateAsync(NewPractitioner(), ct);
        var clock = Stopwatch.StartNew();
        var resources = await pair.LoadAsync(100, SyntheaFiles.Few, ct);
        var loaded = clock.Elapsed;

        var (eligible, inpatient, readmitted) = await CountAsync(pair.Fhir, ct);
        await Eventually.TrueAsync(
            "a verdict about every inpatient stay", TimeSpan.FromSeconds(120),
            async _ => await pair.CountAsync(
                "SELECT count(DISTINCT id) FROM orchestrator.verdict WHERE type = 'Encounter'") >= inpatient,
            () => pair.Server.Output[^Math.Min(4000, pair.Server.Output.Length)..]);
        await pair.QuietAsync(TimeSpan.FromSeconds(120));
        var started = clock.Elapsed;

        var chains = await pair.RowsAsync(
            "SELECT business_key, started_by FROM (SELECT plan, business_key, started_by FROM orchestrator.chain "
            + "UNION ALL SELECT plan, business_key, started_by FROM orchestrator.chain_done) c "
            + $"WHERE plan = '{DischargePlan}'");
        var coordinator = new Coordinator(pair.Fhir);
        await WorkUntilEndedAsync(pair, coordinator, ct);

        await TestContext.Out.WriteLineAsync(
            $"{resources} resources loaded in {loaded.TotalSeconds:0.0} s; {chains.Count} chains of {inpatient} "
            + $"inpatient stays ({eligible.Count} eligible) after {started.TotalSeconds:0.0} s; "
            + $"{coordinator.Completed} Tasks completed, all ended after {clock.Elapsed.TotalSeconds:0.0} s; "
            + $"{readmitted} stopped because the patient came back");
        Assert.That(chains.Select(chain => chain.Key), Is.EquivalentTo(eligible.Select(id => $"Encounter/{id}")));
        Assert.That(chains.Select(chain => chain.Value), Is.All.EqualTo("notification"));
        await Effects.CheckAsync(pair, chains.Count - readmitted, readmitted, ct);
    }

    [Test]
    [CancelAfter(1_200_000)]
    public async Task Discharges_WithTheStartWindowAsItIs_NoChainAndAReasonForEachStay(CancellationToken ct)
    {
        await using var pair = await HospitalPair.StartAsync(new PairSetup { LiftsStartWindow = false });
        await pair.LoadAsync(100, SyntheaFiles.Few, ct);
        var stays = await pair.Fhir.SearchAsync("Encounter?class=IMP&_count=500", ct);
        var inpatient = SyntheaFiles.Inpatient(stays).Count();
        await Eventually.TrueAsync(
            "a recorded reason for every inpatient stay", TimeSpan.FromSeconds(60),
            async _ => await pair.CountAsync(Reasons) >= inpatient);
        await pair.QuietAsync(TimeSpan.FromSeconds(60));

        var reasons = await pair.RowsAsync(
            "SELECT reason, count(*)::text FROM orchestrator.verdict "
            + $"WHERE type = 'Encounter' AND kind = 'not-matched' AND plan = '{DischargePlan}' GROUP BY reason");
        await TestContext.Out.WriteLineAsync(
            $"{inpatient} inpatient stays: {string.Join(", ", reasons.Select(row => $"{row.Value} {row.Key}"))}");
        Assert.That(await pair.CountAsync("SELECT count(*) FROM orchestrator.chain_key"), Is.Zero);
        Assert.That(await pair.CountAsync(Reasons), Is.EqualTo(inpatient));
    }

    private const string Reasons =
        "SELECT count(DISTINCT id) FROM orchestrator.verdict "
        + $"WHERE type = 'Encounter' AND kind = 'not-matched' AND plan = '{DischargePlan}'";

    private static async Task<(List<string> Eligible, int Inpatient, int Readmitted)> CountAsync(
        FhirClient fhir, CancellationToken ct)
    {
        var encounters = await fhir.SearchAsync("Encounter?class=IMP&_count=500", ct);
        var patients = await fhir.SearchAsync("Patient?_count=500", ct);
        var eligible = SyntheaFiles.Eligible(encounters, patients);
        return (
            [.. eligible.Select(stay => stay["id"]!.GetValue<string>())],
            SyntheaFiles.Inpatient(encounters).Count(),
            SyntheaFiles.Readmitted(eligible, encounters).Count);
    }

    private static Task WorkUntilEndedAsync(HospitalPair pair, Coordinator coordinator, CancellationToken ct) =>
        Eventually.TrueAsync(
            "every chain to end",
            TimeSpan.FromSeconds(120),
            async _ =>
            {
                await coordinator.WorkAsync(ct);
                return await pair.CountAsync("SELECT count(*) FROM orchestrator.chain") == 0;
            },
            () => pair.Server.Output[^Math.Min(4000, pair.Server.Output.Length)..]);

    private static System.Text.Json.Nodes.JsonObject NewPractitioner() => new()
    {
        ["resourceType"] = "Practitioner",
        ["id"] = "the-new-gp",
    };
}
